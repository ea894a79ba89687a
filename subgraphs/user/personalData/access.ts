/** Who may have a person's data gathered or erased. Pure. */
import { isAdministrator, requireSession, type Caller } from '@libs/auth/caller';
import { forbidden } from '@libs/outcome/apiErrors';
import { isSelf } from '../users/access.ts';

/** Administrators, since it includes everyone's bookings and rights; and the person themself. UNAUTHENTICATED, FORBIDDEN. */
export function assertOwnOrAdministrator(caller: Caller, userId: string): void {
  requireSession(caller);
  if (!isAdministrator(caller) && !isSelf(caller, userId)) throw forbidden();
}
