import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findMail, type Mail } from './mail.ts'
import { until } from './until.ts'

/** What the program says when its port was taken between choosing and listening. */
const PORT_TAKEN = 5

/** The program under test: what `make build` makes, else what `cargo build` made. */
export function binary(): string {
  const here = import.meta.dirname
  const candidates = [
    process.env.GATEHOUSE_BINARY,
    join(here, '../../target/release/gatehouse'),
    join(here, '../../target/debug/gatehouse'),
  ]
  const found = candidates.find((path) => path && existsSync(path))
  if (!found) throw new Error('There is no gatehouse to test: run `make build`, or set GATEHOUSE_BINARY.')
  return found
}

/** A running server with a data directory of its own. */
export class Site {
  /** Everything of this site lies below; the root key beside the data, not in it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-end2end-'))
  readonly data = join(this.folder, 'data')
  readonly logFile = join(this.folder, 'log')
  /** What the operator is told on the terminal: the set-up link, who can sign in. */
  readonly printedFile = join(this.folder, 'printed')
  readonly setupToken = randomBytes(32).toString('base64url')
  port = 0
  private process: ChildProcess | undefined
  private addresses = 0
  private readonly killLater = () => this.process?.kill('SIGKILL')

  private constructor(
    private readonly environment: Record<string, string>,
    private readonly command: 'serve' | 'demo',
  ) {
    process.on('exit', this.killLater)
  }

  /** Starts a server on an empty data directory; `environment` adds to its configuration. */
  static async start(environment: Record<string, string> = {}): Promise<Site> {
    const site = new Site(environment, 'serve')
    await site.up()
    return site
  }

  /** Starts a server that fills its directory with the sample organization first. */
  static async demo(): Promise<Site> {
    const site = new Site({ GATEHOUSE_LOG: 'info' }, 'demo')
    await site.up()
    return site
  }

  /** The origin people use. */
  get url() {
    return `http://localhost:${this.port}`
  }

  get setupLink() {
    return `${this.url}/setup?token=${this.setupToken}`
  }

  get pid() {
    return this.process?.pid
  }

  /** What the server logged so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  printed(): string {
    return readFileSync(this.printedFile, 'utf8')
  }

  /**
   * A client address nobody used yet. Contexts send it as `X-Forwarded-For`, so that failed sign-ins of one test do
   * not slow down another, as they would behind one address.
   */
  nextAddress(): string {
    this.addresses += 1
    return `10.7.${this.addresses >> 8}.${this.addresses & 255}`
  }

  /** The configuration the server runs with. */
  settings(): Record<string, string> {
    return {
      GATEHOUSE_LISTEN: `127.0.0.1:${this.port}`,
      GATEHOUSE_PUBLIC_URL: this.url,
      GATEHOUSE_DATA_DIR: this.data,
      GATEHOUSE_ROOT_KEY_FILE: join(this.folder, 'root.key'),
      GATEHOUSE_SETUP_TOKEN: this.setupToken,
      GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
      GATEHOUSE_LOG: 'debug',
      ...this.environment,
    }
  }

  /** Starts the server, again on the same port and data after it went down. */
  async up(): Promise<void> {
    mkdirSync(this.data, { recursive: true, mode: 0o700 })
    const fresh = this.port === 0
    for (let attempt = 1; ; attempt += 1) {
      if (fresh) this.port = await freePort()
      const code = await this.launch()
      if (code === undefined) return
      if (code !== PORT_TAKEN || !fresh || attempt === 5) throw new Error(`gatehouse ended with ${code}:\n${this.log()}`)
    }
  }

  /** Undefined once it answers, or the code it ended with. */
  private async launch(): Promise<number | undefined> {
    const output = [this.printedFile, this.logFile].map((file) => openSync(file, 'a', 0o600)) as [number, number]
    const started = run([this.command], this.settings(), output)
    output.forEach(closeSync)
    this.process = started
    const answers = async () => (await fetch(`http://127.0.0.1:${this.port}/healthz`).catch(() => undefined))?.ok
    const patience = this.command === 'demo' ? 300_000 : 20_000
    await until('the server answers', async () => started.exitCode !== null || (await answers()), patience)
    return started.exitCode ?? undefined
  }

  /** Ends the server: SIGTERM lets it finish, SIGKILL is a crash. */
  async down(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.process
    this.process = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill(signal)
    const late = setTimeout(() => running.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
  }

  /** Ends the server and takes away everything it wrote. */
  async stop(): Promise<void> {
    await this.down()
    process.off('exit', this.killLater)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The newest mail to this address whose subject fits; waits until the outbox has one. */
  mail(to: string, subject: RegExp = /./): Promise<Mail> {
    return until(`a mail to ${to}`, () => findMail(join(this.data, 'outbox'), to, subject))
  }
}

/** A run of the program that ends by itself: its exit code and what it printed. */
export async function command(args: string[], settings: Record<string, string>, input = ''): Promise<{ code: number; text: string }> {
  const started = run(args, settings, 'pipe')
  let text = ''
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', (data) => (text += data))
  // A command that ends before it reads its input breaks the pipe, and says by its code how it ended.
  started.stdin?.on('error', () => {})
  started.stdin?.end(input)
  const code = await new Promise<number>((resolve) => started.once('close', (code) => resolve(code ?? -1)))
  return { code, text }
}

/** Starts the program with these settings and nothing else of our environment that could change what it does. */
function run(args: string[], settings: Record<string, string>, output: [number, number] | 'pipe'): ChildProcess {
  const env = { PATH: process.env.PATH, RUST_BACKTRACE: '1', ...settings }
  return spawn(binary(), args, { env, stdio: output === 'pipe' ? 'pipe' : ['ignore', ...output] })
}

/** A port nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
