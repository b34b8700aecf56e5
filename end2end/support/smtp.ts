import { SMTPServer } from 'smtp-server'
import type { AddressInfo } from 'node:net'
import { parseMail, type Mail } from './mail.ts'

/** A mail server that keeps what it gets. */
export class MailServer {
  readonly received: Mail[] = []
  /** Answers "try again later" while it is busy. */
  busy = false
  attempts = 0
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onMailFrom: (_address, _session, done) => {
      this.attempts += 1
      done(this.busy ? Object.assign(new Error('Try again later'), { responseCode: 451 }) : null)
    },
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        this.received.push(parseMail(Buffer.concat(chunks)))
        done()
      })
    },
  })

  /** Listens on `port`, or on a free one. */
  async start(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve))
    return (this.server.server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve))
  }
}
