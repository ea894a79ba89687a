/** How many connections each user holds to this process. */
import type { GatewayContext } from '../../context.ts';
import { networkOf } from '../../limits/networks.ts';

export type Connections = {
  /** Counts one more; the function that is given back ends it. Undefined where there are as many as may be. */
  admit(context: Pick<GatewayContext, 'caller' | 'ip'>): (() => void) | undefined;
};

export function countConnections(most: number): Connections {
  const counts = new Map<string, number>();
  return {
    admit({ caller, ip }) {
      const who = 'userId' in caller ? caller.userId : networkOf(ip);
      const count = counts.get(who) ?? 0;
      if (count >= most) return undefined;
      counts.set(who, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = counts.get(who)! - 1;
        if (left > 0) counts.set(who, left);
        else counts.delete(who);
      };
    },
  };
}
