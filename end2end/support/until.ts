import { setTimeout as pause } from 'node:timers/promises'

/** Asks until the answer is there. For what tells nobody that it is done; what the browser shows is awaited by `expect`. */
export async function until<T>(what: string, ask: () => T | undefined | false | null | Promise<T | undefined | false | null>, limit = 15_000): Promise<T> {
  const deadline = Date.now() + limit
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`Gave up waiting: ${what} did not happen within ${limit / 1000} s.`)
    await pause(25)
  }
}
