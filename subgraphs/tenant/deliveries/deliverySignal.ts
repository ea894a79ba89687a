/** Emitted after a commit that left deliveries, so that this process's worker looks for them at once. */
import { EventEmitter } from 'node:events';
import type { WakeUpSignal } from '@libs/events/wakeUpSignal';

export const deliverySignal: WakeUpSignal = new EventEmitter();
