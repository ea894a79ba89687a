import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateResourceCategoryInput, UpdateResourceCategoryInput } from '../generated.ts';

export const categoryRefusals = (input: CreateResourceCategoryInput): Refusal[] =>
  nameRefusals(input.name, ['input', 'name']);

export const updateCategoryRefusals = (input: UpdateResourceCategoryInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'name', 'type', 'isActive'),
  ...nameRefusals(input.name, ['input', 'name']),
];

export const categoryNotFound = (...field: string[]): Refusal =>
  refusal('NOT_FOUND', 'category.notFound', field);

export const categoryInUse = (): Refusal => refusal('IN_USE', 'category.inUse', ['id']);
