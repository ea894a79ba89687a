/** The text below `## [version]` up to the next release. Throws if there is none, or if it is empty. */
export function sectionOf(changelog: string, version: string): string {
  const [, ...sections] = changelog.split(/^## \[/m);
  const section = sections.find((text) => text.startsWith(`${version}]`));
  const text = section?.slice(section.indexOf('\n')).trim();
  if (!text) throw new Error(`CHANGELOG.md has no section for ${version}`);
  return text;
}
