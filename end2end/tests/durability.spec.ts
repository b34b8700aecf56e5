import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '../fixtures.ts'
import { Site, command } from '../support/site.ts'
import { World, submit } from '../support/world.ts'
import { variableKeys } from '../verbs.ts'

/** What the program says when another one uses its data. */
const LOCKED = 4

test.describe('a server that is killed', () => {
  let site: Site
  let world: World

  test.beforeEach(async () => {
    site = await Site.start()
    world = await World.setUp(site, 'Acme')
    await world.cluster('paris')
  })
  test.afterEach(() => site.stop())

  test('has every acknowledged variable after its restart, and none without its event', async () => {
    test.setTimeout(120_000)
    const place = await world.place('shop')
    const acknowledged = new Set<string>()
    for (const round of [1, 2, 3]) {
      const writers = [1, 2, 3, 4].map((writer) => writeUntilRefused(`ROUND_${round}_WRITER_${writer}`))
      await expect.poll(() => acknowledged.size).toBeGreaterThan(round * 30)
      await site.down('SIGKILL')
      await Promise.all(writers)
      await site.up()

      const { page, keys } = await variableKeys(world.owner, place.servicePath)
      expect(page.status()).toBe(200)
      expect([...acknowledged].filter((key) => !keys.includes(key))).toEqual([])
    }
    const { keys } = await variableKeys(world.owner, place.servicePath)
    const events = await createdVariables()
    expect(events.sort()).toEqual([...keys].sort())

    async function writeUntilRefused(prefix: string) {
      for (let count = 1; ; count += 1) {
        const key = `${prefix}_${count}`
        const fields = { key, kind: 'plain', value: `value of ${key}` }
        const answer = await submit(world.owner, `${place.servicePath}/variables?new=plain`, '/rpc/variables/add', fields).catch(() => undefined)
        if (!answer?.ok()) return
        acknowledged.add(key)
      }
    }

    async function createdVariables(): Promise<string[]> {
      const names: string[] = []
      let next: string | undefined = `${world.path}/settings/audit-logs?event_type=CREATE&target_type=VARIABLE`
      while (next) {
        const html = await (await world.owner.get(next)).text()
        names.push(...(html.match(/ROUND_\d_WRITER_\d_\d+/g) ?? []))
        next = /<a\b[^>]*\brel="next"[^>]*\bhref="([^"]*)"/.exec(html)?.[1]?.replace(/&amp;/g, '&')
      }
      return [...new Set(names)]
    }
  })

  test('knows its people and their sessions afterwards', async () => {
    await site.down('SIGKILL')
    await site.up()
    const overview = await world.people.Viewer.request.get(world.path)
    expect(overview.status()).toBe(200)
    expect(await overview.text()).toContain('Viewer Member')
  })
})

test('a second process on the same data is refused and says who holds it', async ({ site, world }) => {
  const second = await command(['serve'], { ...site.settings(), GATEHOUSE_LISTEN: '127.0.0.1:0' })
  expect(second.code).toBe(LOCKED)
  expect(second.text).toContain(`in use by process ${site.pid}`)
  expect((await world.owner.get(world.path)).status()).toBe(200)
})

test('a busy port is said in words', async ({ site }) => {
  const other = join(site.folder, 'other')
  const settings = { ...site.settings(), GATEHOUSE_DATA_DIR: other, GATEHOUSE_ROOT_KEY_FILE: join(site.folder, 'other.key') }
  const second = await command(['serve'], settings)
  expect(second.code).toBe(5)
  expect(second.text).toContain(String(site.port))
})

test('a store is not opened without the key it was made with', async () => {
  const site = await Site.start()
  await World.setUp(site, 'Acme')
  await site.down()
  const stranger = join(site.folder, 'stranger.key')
  const answer = await command(['serve'], { ...site.settings(), GATEHOUSE_ROOT_KEY_FILE: stranger })
  expect(answer.code).toBe(6)
  expect(existsSync(stranger), 'no new key is made for an old store').toBe(false)
  await site.up()
  await site.stop()
})
