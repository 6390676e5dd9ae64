import type { Connection, Submittable } from 'pg'

/** So many pieces may be on their way before the server begins with them. */
const ahead = 4

/**
 * One message to the server with several COPYs, whose data are sent without waiting for the one before. After an error
 * the server passes over what is still on its way.
 * Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export class PieceQuery<Piece extends { chunks: Buffer[] }> implements Submittable {
  /** Settles when the server is ready for the next message, or has refused a row. */
  readonly done: Promise<void>
  /** The pieces that were sent, in order. */
  readonly sent: Piece[] = []
  /** How many of them the server has begun with. */
  begun = 0
  private readonly text: string
  private readonly copies: number
  private readonly next: () => Piece
  private connection: Connection | undefined
  private resolve!: () => void
  private reject!: (error: Error) => void

  /** `next` is called so often as there are COPYs in the text. */
  constructor(text: string, copies: number, next: () => Piece) {
    this.text = text
    this.copies = copies
    this.next = next
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  submit(connection: Connection): void {
    this.connection = connection
    connection.query(this.text)
    this.sendAhead()
  }

  handleCopyInResponse(): void {
    this.begun += 1
    this.sendAhead()
  }

  // one for each COPY and each savepoint: the last thing that comes is all that matters
  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.connection = undefined
    this.reject(error)
  }

  handleReadyForQuery(): void {
    this.connection = undefined
    this.resolve()
  }

  private sendAhead(): void {
    if (!this.connection) return
    const { stream } = this.connection
    stream.cork()
    while (this.sent.length < Math.min(this.copies, this.begun + ahead)) {
      const piece = this.next()
      this.sent.push(piece)
      for (const chunk of piece.chunks) {
        stream.write(copyDataOf(chunk.length))
        stream.write(chunk)
      }
      stream.write(copyDone)
    }
    stream.uncork()
  }
}

/** What stands before so many bytes of data; the length counts itself. */
function copyDataOf(length: number): Buffer {
  const head = Buffer.from('d0000')
  head.writeInt32BE(length + 4, 1)
  return head
}

const copyDone = Buffer.from([0x63, 0, 0, 0, 4])
