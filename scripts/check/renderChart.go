// Renders a Helm chart to standard output, for tests on machines without helm. Needs Go and sprig (Debian: golang-go and
// golang-github-masterminds-sprig-dev), and offers what our chart uses: values files, sprig, include, required, toYaml, toJson.
//
//	renderChart <chart> <release> <values file>…
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type object = map[string]interface{}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readYaml(path string) object {
	text, err := os.ReadFile(path)
	check(err)
	result := object{}
	check(yaml.Unmarshal(text, &result))
	return result
}

// As Helm does: maps are merged, null removes a key, anything else replaces.
func merge(base, over object) object {
	for key, value := range over {
		inner, isObject := value.(object)
		existing, wasObject := base[key].(object)
		switch {
		case value == nil:
			delete(base, key)
		case isObject && wasObject:
			base[key] = merge(existing, inner)
		default:
			base[key] = value
		}
	}
	return base
}

func toYaml(value interface{}) (string, error) {
	var text strings.Builder
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}

func toJson(value interface{}) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

func main() {
	folder, release := os.Args[1], os.Args[2]
	values := readYaml(filepath.Join(folder, "values.yaml"))
	for _, file := range os.Args[3:] {
		values = merge(values, readYaml(file))
	}
	chart := object{}
	for key, value := range readYaml(filepath.Join(folder, "Chart.yaml")) {
		chart[strings.ToUpper(key[:1])+key[1:]] = value
	}

	all := template.New("chart").Option("missingkey=zero").Funcs(sprig.TxtFuncMap())
	all.Funcs(template.FuncMap{
		"include": func(name string, data interface{}) (string, error) {
			var text strings.Builder
			err := all.ExecuteTemplate(&text, name, data)
			return text.String(), err
		},
		"required": func(message string, value interface{}) (interface{}, error) {
			if value == nil || value == "" {
				return nil, errors.New(message)
			}
			return value, nil
		},
		"toYaml": toYaml,
		"toJson": toJson,
	})
	files, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		_, err = all.New(file).Parse(string(text))
		check(err)
	}
	data := object{
		"Values":  values,
		"Chart":   chart,
		"Release": object{"Name": release, "Namespace": "default", "Service": "Helm"},
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "_") {
			continue
		}
		var text strings.Builder
		check(all.ExecuteTemplate(&text, file, data))
		output := strings.ReplaceAll(text.String(), "<no value>", "")
		if strings.HasSuffix(file, ".txt") {
			output = "# " + strings.ReplaceAll(output, "\n", "\n# ")
		}
		fmt.Printf("---\n# Source: %s\n%s\n", file, output)
	}
}
