/** A proxy before Redis that tells the commands that clients send. */
import { tcpProxy, type TcpProxy } from './tcpProxy.ts';

export type RedisProxy = TcpProxy & {
  /** The commands since the last call: 'mget', …. */
  take(): string[];
};

export async function redisProxy(redisUrl: string): Promise<RedisProxy> {
  let commands: string[] = [];
  const proxy = await tcpProxy(redisUrl, () => {
    const namesIn = commandParser();
    return { onSent: (data) => commands.push(...namesIn(data)) };
  });
  return {
    ...proxy,
    take() {
      const taken = commands;
      commands = [];
      return taken;
    },
  };
}

const LINE_END = '\r\n';

/** Parses one connection's commands: arrays of bulk strings (RESP 2, "Sending commands to a Redis server"). */
function commandParser(): (data: Buffer) => string[] {
  let buffered: Buffer = Buffer.alloc(0);
  let position = 0;

  /** The number after '*' or '$'; undefined if its line is not complete yet. */
  function readCount(): number | undefined {
    const end = buffered.indexOf(LINE_END, position);
    if (end < 0) return undefined;
    const count = Number(buffered.toString('latin1', position + 1, end));
    position = end + LINE_END.length;
    return count;
  }

  function readCommand(): string | undefined {
    position = 0;
    const parts = readCount();
    if (parts === undefined) return undefined;
    let name = '';
    for (let part = 0; part < parts; part += 1) {
      const bytes = readCount();
      if (bytes === undefined || buffered.length < position + bytes + LINE_END.length) return undefined;
      if (part === 0) name = buffered.toString('latin1', position, position + bytes).toLowerCase();
      position += bytes + LINE_END.length;
    }
    buffered = buffered.subarray(position);
    return name;
  }

  return (data) => {
    buffered = Buffer.concat([buffered, data]);
    const names: string[] = [];
    for (let name = readCommand(); name !== undefined; name = readCommand()) names.push(name);
    return names;
  };
}
