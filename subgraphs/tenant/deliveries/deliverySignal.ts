/** Rung after each commit that left something to deliver, so that the worker of this process looks at once. */
import { createWakeUpSignal } from '@libs/events/wakeUpSignal';

export const deliverySignal = createWakeUpSignal();
