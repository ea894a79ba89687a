/** How many connections each user holds to this process. */
import type { GatewayContext } from '../../context.ts';
import { networkOf } from '../../limits/networks.ts';

export type ConnectionLimits = {
  /** Counts one more; the function that is given back ends it. Undefined where there are as many as may be. */
  admit(context: Pick<GatewayContext, 'caller' | 'ip'>): (() => void) | undefined;
};

export function limitConnections(limit: number): ConnectionLimits {
  const counts = new Map<string, number>();
  return {
    admit({ caller, ip }) {
      const key = 'userId' in caller ? caller.userId : networkOf(ip);
      const count = counts.get(key) ?? 0;
      if (count >= limit) return undefined;
      counts.set(key, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = counts.get(key)! - 1;
        if (left > 0) counts.set(key, left);
        else counts.delete(key);
      };
    },
  };
}
