/** What a category's fields must be. Pure. */
import { nameRefusals, nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateResourceCategoryInput, UpdateResourceCategoryInput } from '../generated.ts';

/** Reasons not to take the fields of a new category. */
export const categoryRefusals = (input: CreateResourceCategoryInput): Refusal[] =>
  nameRefusals(input.name, ['input', 'name']);

/** Reasons not to take those of a changed one. */
export const updateCategoryRefusals = (input: UpdateResourceCategoryInput): Refusal[] => [
  ...nullRefusals(input, 'input', 'name', 'type', 'isActive'),
  ...nameRefusals(input.name, ['input', 'name']),
];

/** The tenant has no such category (any more). */
export const categoryNotFound = (...field: string[]): Refusal =>
  refusal('NOT_FOUND', 'category.notFound', field);

/** Resources still lie in it. */
export const categoryInUse = (): Refusal => refusal('IN_USE', 'category.inUse', ['id']);
