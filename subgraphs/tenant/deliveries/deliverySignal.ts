/** Wakes this process's delivery worker after a commit that made deliveries due. */
import { EventEmitter } from 'node:events';
import type { WakeUpSignal } from '@libs/events/wakeUpSignal';

export const deliverySignal: WakeUpSignal = new EventEmitter();
