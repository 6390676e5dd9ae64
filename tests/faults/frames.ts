/** Says how long the first message in what has come so far is; undefined while that can't be seen. */
export type Framing = (
  buffered: Buffer,
  from: 'client' | 'server',
  isFirst: boolean,
) => number | undefined

/** A byte of type, then the length; the first message of a client has no type. */
export const postgresFrames: Framing = (buffered, from, isFirst) => {
  const typeBytes = from === 'client' && isFirst ? 0 : 1
  return buffered.length < typeBytes + 4 ? undefined : typeBytes + buffered.readUInt32BE(typeBytes)
}

/** The length of the rest, then the rest. */
export const kafkaFrames: Framing = (buffered) =>
  buffered.length < 4 ? undefined : 4 + buffered.readUInt32BE(0)

/** Whatever comes, as it comes. */
export const noFrames: Framing = (buffered) => buffered.length || undefined
