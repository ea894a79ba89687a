/** Checks an object against the JSON schema of its kind in Kubernetes 1.27, and for fields that the schema does not know. */
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import type { Manifest } from './renderChart.ts';

const MODELS = [
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
];

/** A kind that Kubernetes itself does not have. */
const isCustom = ({ apiVersion }: Manifest) => apiVersion.startsWith('gateway.networking.k8s.io/');

export function kubernetesProblems(object: Manifest): string[] {
  if (isCustom(object)) return [];
  const { apiVersion, kind } = object;
  const model = MODELS.find((one) => one.apiVersion === apiVersion && one.kind === kind);
  if (!model) return [`no schema for ${apiVersion} ${kind}`];
  const read = new Set<string>();
  try {
    // Not `new Deployment(object)`, which copies the object.
    model.prototype.validate.call(observed(object, '', read) as never);
  } catch (error) {
    return [(error as Error).message];
  }
  // The schemas of Kubernetes allow unknown fields. A compiled schema reads each field that it knows.
  return pathsOf(object)
    .filter((path) => !read.has(path))
    .map((path) => `${path} is no field of ${apiVersion} ${kind}`);
}

/** The same object, whose fields are noted when they are read. */
function observed<T extends object>(object: T, path: string, read: Set<string>): T {
  return new Proxy(object, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      const field = `${path}/${String(key)}`;
      read.add(field);
      return typeof value === 'object' && value !== null ? observed(value, field, read) : value;
    },
  });
}

function pathsOf(value: unknown, path = ''): string[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, child]) => pathsOf(child, `${path}/${key}`))
      : [];
  return path === '' ? inner : [path, ...inner];
}
