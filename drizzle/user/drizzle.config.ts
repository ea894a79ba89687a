import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './drizzle/user/tables.ts',
  out: './drizzle/user/migrations',
  casing: 'snake_case',
});
