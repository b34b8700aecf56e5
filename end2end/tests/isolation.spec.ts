import type { APIResponse } from '@playwright/test'
import { expect, test as base } from '../fixtures.ts'
import { formOf, post, type Fields } from '../support/forms.ts'
import { everyPage } from '../support/pages.ts'
import type { Place, Session, World } from '../support/world.ts'

const UNKNOWN = '01890000-0000-7000-8000-000000000000'
const MALFORMED = ['', '1', 'null', '../..', `${UNKNOWN}0`, "' or 1=1 --", UNKNOWN.toUpperCase().replace('0', 'Z')]

/** Another organization with a place of its own, and somebody who belongs to nothing else. */
interface Elsewhere {
  world: World
  place: Place
  outsider: Session
}

const test = base.extend<object, { elsewhere: Elsewhere }>({
  elsewhere: [
    async ({ world }, use) => {
      const umbra = await world.beside('Umbra')
      await umbra.cluster('tokyo')
      const place = await umbra.place('secret-plans')
      await umbra.variable(place.servicePath, 'HIDDEN_KEY', 'hidden value')
      await use({ world: umbra, place, outsider: await umbra.join('Admin', 'Umbra Admin') })
    },
    { scope: 'worker' },
  ],
})

test.describe('another organization', () => {
  test('answers every page like one that does not exist', async ({ world, elsewhere }) => {
    const stranger = world.people.Admin.request
    for (const { name, path } of await everyPage(elsewhere.world, elsewhere.place)) {
      if (!path.startsWith(elsewhere.world.path)) continue
      const there = await stranger.get(path, { maxRedirects: 0 })
      const nowhere = await stranger.get(path.replace(elsewhere.world.path, '/o/no-such-organization'), { maxRedirects: 0 })
      expect(there.status(), name).toBe(404)
      expect(await shown(there), name).toBe(await shown(nowhere))
    }
  })

  test('does not take any form, and answers as to an unknown id', async ({ world, elsewhere }) => {
    for (const { action, fields } of await everyForm(elsewhere)) {
      const there = await post(world.people.Admin.request, action, fields)
      expect(there.status(), action).toBe(404)
      const nowhere = await post(world.people.Admin.request, action, withIds(fields, () => UNKNOWN))
      expect(nowhere.status(), action).toBe(404)
      expect(await said(there), action).toEqual(await said(nowhere))
    }
  })

  test('lends none of its objects to a form of ours', async ({ world, elsewhere, place }) => {
    const ours = await formsOf(world.people.Owner, place)
    const theirs = await everyForm(elsewhere)
    for (const { action, fields } of ours) {
      const foreign = theirs.find((form) => form.action === action)?.fields
      if (!foreign) continue
      const mixed = { ...foreign, organization: fields.organization ?? '' }
      const answer = await post(world.people.Admin.request, action, mixed)
      expect(answer.status(), action).toBe(404)
    }
  })

  test('is not changed by any of this', async ({ elsewhere }) => {
    const events = await elsewhere.world.owner.get(`${elsewhere.world.path}/settings/audit-logs`)
    expect(await events.text()).not.toContain('Admin Member')
  })
})

test.describe('ids', () => {
  test('that are malformed are answered like unknown ones', async ({ world, place }) => {
    for (const { action, fields } of await formsOf(world.people.Owner, place)) {
      for (const bad of MALFORMED) {
        const answer = await post(world.people.Owner.request, action, withIds(fields, () => bad))
        expect(answer.status(), `${action} with ${bad}`).toBe(404)
      }
    }
  })

  test('of pages are answered with 404 and no server error', async ({ world, place }) => {
    const owner = world.people.Owner.request
    const settings = `${world.path}/settings`
    for (const bad of ['0', '-1', '99999999', 'x', '%00', '9'.repeat(40), '..%2f..', '%F0%9F%92%A9']) {
      for (const path of [`/o/${bad}`, `${world.path}/p/${bad}/overview`, `${place.projectPath}/e/${bad}/variables`, `${place.environmentPath}/s/${bad}/settings`, `${settings}/roles/${bad}`]) {
        expect((await owner.get(path, { maxRedirects: 0 })).status(), path).toBe(404)
      }
      for (const path of [`${settings}/members?role=${bad}`, `${settings}/audit-logs?event=${bad}`, `${place.servicePath}/variables?edit=${bad}`, `${place.servicePath}/variables?delete=${bad}`]) {
        expect([200, 404], path).toContain((await owner.get(path, { maxRedirects: 0 })).status())
      }
      expect((await owner.get(`${settings}/audit-logs?cursor=${bad}`)).status()).toBeLessThan(500)
    }
  })
})

test.describe('a role without the right', () => {
  test('gets a page that names the missing permission and who has it', async ({ as, world }) => {
    for (const role of ['DevOps', 'Billing Manager', 'Viewer'] as const) {
      const page = await as(role)
      const answer = await page.goto(`${world.path}/settings/audit-logs`)
      expect(answer?.status(), role).toBe(403)
      await expect(page.getByRole('main')).toContainText('View audit logs')
      await expect(page.getByRole('main')).toContainText('Owner and Admin')
    }
  })

  test('does not even see projects it may not read', async ({ as, world, place }) => {
    const page = await as('Billing Manager')
    await page.goto(world.path)
    await expect(page.getByText(place.project)).toHaveCount(0)
    for (const path of [place.projectPath, place.environmentPath, place.servicePath]) {
      for (const tab of ['overview', 'variables', 'settings']) {
        expect((await page.goto(`${path}/${tab}`))?.status(), `${path}/${tab}`).toBe(404)
      }
    }
  })

  test('is refused every form it has no button for', async ({ world, place }) => {
    const matrix: [role: 'Admin' | 'DevOps' | 'Billing Manager' | 'Viewer', action: string, status: number][] = [
      ['Viewer', '/rpc/organization/edit', 403],
      ['DevOps', '/rpc/organization/edit', 403],
      ['Viewer', '/rpc/members/invite', 403],
      ['DevOps', '/rpc/members/invite', 403],
      ['Billing Manager', '/rpc/members/invite', 403],
      ['Viewer', '/rpc/cluster/create', 403],
      ['Billing Manager', '/rpc/cluster/create', 403],
      ['Viewer', '/rpc/project/create', 403],
      ['DevOps', '/rpc/project/create', 403],
      ['Viewer', '/rpc/environment/create', 403],
      ['DevOps', '/rpc/environment/create', 403],
      ['DevOps', '/rpc/service/create', 403],
      ['Viewer', '/rpc/variables/add', 403],
      ['Billing Manager', '/rpc/variables/add', 404],
      ['Billing Manager', '/rpc/service/create', 404],
    ]
    const forms = await formsOf(world.people.Owner, place)
    for (const [role, action, status] of matrix) {
      const fields = forms.find((form) => form.action === action)?.fields
      expect(fields, `${action} has a form`).toBeDefined()
      const answer = await post(world.people[role].request, action, fields ?? {})
      expect(answer.status(), `${role} posts to ${action}`).toBe(status)
    }
  })
})

interface Form {
  action: string
  fields: Fields
}

function everyForm({ world, place }: Elsewhere): Promise<Form[]> {
  return formsOf(world.people.Owner, place, world)
}

/** Every form the owner sees, as it would be sent. */
async function formsOf(owner: Session, place: Place, world?: World): Promise<Form[]> {
  const root = place.projectPath.split('/p/')[0] ?? ''
  const pages = world ? await everyPage(world, place) : await pagesBelow(owner, root, place)
  const forms = new Map<string, Form>()
  for (const { path } of pages) {
    const html = await (await owner.request.get(path)).text()
    for (const [, action = ''] of html.matchAll(/<form\b[^>]*\baction="(\/rpc\/[^"]+)"/g)) {
      const fields = formOf(html, action)
      if (fields && 'organization' in fields) forms.set(action, { action, fields })
    }
  }
  return [...forms.values()]
}

async function pagesBelow(_owner: Session, root: string, place: Place) {
  const paths = [`${root}/settings/general`, `${root}/settings/members?invite`, `${root}/settings/clusters?new`, `${root}?new=project`]
  paths.push(`${place.projectPath}/overview?new=environment`, `${place.environmentPath}/overview?new=service`, `${place.servicePath}/variables?new=plain`)
  for (const path of [place.projectPath, place.environmentPath, place.servicePath]) paths.push(`${path}/settings`, `${path}/settings?delete`)
  return paths.map((path) => ({ name: path, path }))
}

/** The same fields with every id replaced. */
function withIds(fields: Fields, id: () => string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value) ? id() : value]))
}

/** What a page shows, without what differs every time. */
async function shown(answer: APIResponse): Promise<string> {
  const text = await answer.text()
  return text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID').replace(/nonce="[^"]*"/g, '').replace(/'nonce-[^']*'/g, '')
}

async function said(answer: APIResponse): Promise<unknown> {
  const { request_id: _, ...rest } = (await answer.json()) as Record<string, unknown>
  return rest
}
