import { expect, test } from 'vitest';
import { sectionOf } from './changelogSection.ts';

const changelog =
  '# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-11-01\n\n- More [seats]\n\n## [1.0.0] - 2026-10-01\n\n- All\n';

test('a section reaches to the next release', () => {
  expect(sectionOf(changelog, '1.1.0')).toBe('- More [seats]');
  expect(sectionOf(changelog, '1.0.0')).toBe('- All');
});

test.each(['Unreleased', '1.0', '1', '2.0.0'])('%s has no section', (version) => {
  expect(() => sectionOf(changelog, version)).toThrow(`no section for ${version}`);
});
