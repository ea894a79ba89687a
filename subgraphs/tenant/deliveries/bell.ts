/** Rung after each commit that left something to deliver, so that the worker of this process looks at once. */
import { createBell } from '@libs/events/bell';

export const deliveryBell = createBell();
