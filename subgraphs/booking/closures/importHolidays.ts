import { tenantFor } from '@libs/auth/tenantId';
import { languageOfLocale } from '@libs/outcome/messages';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { dateAt } from '@libs/time/days';
import type { Context } from '../context.ts';
import type { ImportHolidaysInput } from '../generated.ts';
import { requireClosurePermission } from './access.ts';
import { makeClosures, inactiveTenantRefusals, type ChangedClosures } from './makeClosures.ts';
import { publicHolidays } from './publicHolidays.ts';

/** Years after the current one whose holidays can be imported. */
const MAX_YEARS_AHEAD = 2;

/**
 * Closes the tenant on the public holidays of a year, except those it has already. Requires what createClosures requires. Refuses NOT_FOUND
 * for the tenant, INVALID for country, region and year, TOO_MANY, and CONFLICT with the effect REFUSE.
 */
export async function importHolidays(
  ctx: Context,
  input: ImportHolidaysInput,
): Promise<Outcome<ChangedClosures>> {
  requireClosurePermission(ctx.caller, input.effect);
  const tenantId = tenantFor(ctx.caller, input.tenantId);
  const tenant = await ctx.directory.tenant(tenantId);
  const unavailable = inactiveTenantRefusals(ctx, tenant);
  if (!tenant || unavailable.length > 0) return refusedFor(tenantId, ...unavailable);

  const { locale, timezone } = tenant.settings;
  const thisYear = dateAt(ctx.now, timezone).year;
  const { country, region, year } = input;
  const wrongYear = yearRefusals(year, thisYear);
  const holidays = await publicHolidays({
    ...{ country, region, year: wrongYear.length > 0 ? thisYear : year },
    language: languageOfLocale(locale),
  });
  if (holidays === 'country') return refusedFor(tenantId, ...wrongYear, unknownCountry());
  if (holidays === 'region') return refusedFor(tenantId, ...wrongYear, unknownRegion());
  if (wrongYear.length > 0) return refusedFor(tenantId, ...wrongYear);
  if (holidays.length === 0) return done({ closures: [], affected: [], affectedCount: 0 });

  return makeClosures(ctx, tenant, holidays, {
    effect: input.effect ?? 'KEEP',
    limitField: ['input', 'year'],
    skipsEqual: true,
  });
}

function yearRefusals(year: number, thisYear: number): Refusal[] {
  const max = thisYear + MAX_YEARS_AHEAD;
  if (year >= thisYear && year <= max) return [];
  return [
    refusal('INVALID', 'closure.wrongYear', ['input', 'year'], { min: String(thisYear), max: String(max) }),
  ];
}

const unknownCountry = (): Refusal => refusal('INVALID', 'closure.unknownCountry', ['input', 'country']);
const unknownRegion = (): Refusal => refusal('INVALID', 'closure.unknownRegion', ['input', 'region']);
