/**
 * Lists of plain data are written as JSON where they are resolved, since the executor spends several times as long on each of thousands of
 * small objects. The executor sees an empty list, and the text takes its place in the answer.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from './context.ts';
import { jsonWriter, type PlainResolvers } from './jsonWriter.ts';
import { partsOf, SerializedJson, writeInChunks } from './stringifyInChunks.ts';
import { serializedRangesOf, SERIALIZED_RANGES_HEADER } from './serializedRanges.ts';

type Path = GraphQLResolveInfo['path'];

/** Many short buffers take longer to allocate than to fill. */
const MIN_CHARACTERS_PER_PART = 32 * 1024;

/** What is to be put into the answer of one request. */
export type SerializedValues = { path: Path; json: SerializedJson }[];

/**
 * A resolver's answer for a list of plain data: `[]` in place of `list`, whose JSON comes into the answer, or `list` where something other
 * than plain data is selected. `beforeEach` is awaited before each element.
 */
export async function serializedList<T>(
  list: T[],
  { written }: Pick<RequestContext, 'written'>,
  info: GraphQLResolveInfo,
  { resolvers, beforeEach }: { resolvers: PlainResolvers; beforeEach?: (element: T) => Promise<void> },
): Promise<T[]> {
  const writer = written && jsonWriter(info, resolvers);
  if (!writer) return list;
  const parts: Buffer[] = [];
  let text = '[';
  for (const [index, element] of list.entries()) {
    await beforeEach?.(element);
    try {
      text += `${index === 0 ? '' : ','}${writer.write(element)}`;
    } catch {
      // The executor says what is wrong, and where.
      return list;
    }
    if (text.length < MIN_CHARACTERS_PER_PART) continue;
    parts.push(Buffer.from(text));
    text = '';
  }
  parts.push(Buffer.from(`${text}]`));
  written.push({ path: info.path, json: new SerializedJson(parts, writer.fields) });
  return [];
}

type Parent = Record<string | number, unknown>;

/** The object or list in which the value at `path` is; undefined where an error has made it null. */
function parentAt(data: Parent, path: Path): Parent | undefined {
  if (!path.prev) return data;
  return parentAt(data, path.prev)?.[path.prev.key] as Parent | undefined;
}

/** Puts the written values into the answer. */
export const placeSerializedJson: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue: { written = [] }, errors }) {
        if (written.length === 0 || response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        if (!singleResult.data) return;
        for (const { path, json } of written) {
          const parent = parentAt(singleResult.data, path);
          if (parent) parent[path.key] = json;
        }
        if (errors) return;
        const pieces = await writeInChunks(singleResult.data);
        const ranges = serializedRangesOf(pieces);
        singleResult.data = new SerializedJson(pieces.flatMap(partsOf), '') as unknown as Parent;
        if (ranges) response.http.headers.set(SERIALIZED_RANGES_HEADER, ranges);
      },
    };
  },
};
