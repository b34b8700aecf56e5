import type { APIResponse } from '@playwright/test'
import { expect, test as base } from '../fixtures.ts'
import { formOf, post, type Fields } from '../support/forms.ts'
import { everyPage } from '../support/pages.ts'
import type { Place, Session, World } from '../support/world.ts'

const UNKNOWN = '01890000-0000-7000-8000-000000000000'
const MALFORMED = ['', '1', 'null', '../..', `${UNKNOWN}0`, "' or 1=1 --", UNKNOWN.toUpperCase().replace('0', 'Z')]

/** What makes every form acceptable to somebody with the right. */
const FILLED_IN = { name: 'filled-in', key: 'FILLED_IN', value: 'filled in', email: 'filled.in@example.com' }

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
      umbra.people.Viewer = await umbra.join('Viewer', 'Umbra Viewer')
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
    for (const { action, fields } of await formsOf(elsewhere.world, elsewhere.place)) {
      const there = await post(world.people.Admin.request, action, fields)
      expect(there.status(), action).toBe(404)
      const nowhere = await post(world.people.Admin.request, action, withIds(fields, UNKNOWN))
      expect(await said(there), action).toEqual(await said(nowhere))
    }
    const events = await elsewhere.world.owner.get(`${elsewhere.world.path}/settings/audit-logs`)
    expect(await events.text(), 'no trace in its log').not.toContain('Admin Member')
  })

  test('lends none of its objects to our own organization', async ({ world, elsewhere }) => {
    const ours = formOf(await (await world.owner.get(`${world.path}/settings/general`)).text(), '/rpc/organization/edit')
    for (const { action, fields } of await formsOf(elsewhere.world, elsewhere.place)) {
      const { organization: _, ...rest } = fields
      if (!Object.values(rest).some(isId)) continue
      const answer = await post(world.owner, action, { ...fields, organization: ours?.organization ?? '' })
      expect(answer.status(), action).toBe(404)
    }
  })
})

test.describe('ids', () => {
  test('that are malformed are answered like unknown ones', async ({ world, place }) => {
    await world.variable(place.servicePath, 'SOME_KEY', 'some value')
    for (const { action, fields } of await formsOf(world, place)) {
      for (const bad of MALFORMED) {
        const answer = await post(world.owner, action, withIds(fields, bad))
        expect(answer.status(), `${action} with ${bad}`).toBe(404)
      }
    }
  })

  test('in addresses are answered with 404 and no server error', async ({ world, place }) => {
    const settings = `${world.path}/settings`
    for (const bad of ['0', '-1', '99999999', 'x', '%00', '9'.repeat(40), '..%2f..', '%F0%9F%92%A9']) {
      const places = [`/o/${bad}`, `${world.path}/p/${bad}/overview`, `${place.projectPath}/e/${bad}/variables`, `${place.environmentPath}/s/${bad}/settings`]
      for (const path of [...places, `${settings}/roles/${bad}`]) {
        expect((await world.owner.get(path, { maxRedirects: 0 })).status(), path).toBe(404)
      }
      const states = [`${settings}/members?role=${bad}`, `${settings}/audit-logs?event=${bad}`, `${settings}/audit-logs?cursor=${bad}`]
      for (const path of [...states, `${place.servicePath}/variables?edit=${bad}`, `${place.servicePath}/variables?delete=${bad}`]) {
        expect((await world.owner.get(path, { maxRedirects: 0 })).status(), path).toBeLessThan(500)
      }
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
      await expect(page.getByRole('main')).toContainText('Owner or Admin')
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
    await world.variable(place.servicePath, 'SOME_KEY', 'some value')
    const forms = await formsOf(world, place)
    for (const [role, action, status] of matrix) {
      const fields = forms.find((form) => form.action === action)?.fields
      expect(fields, `${action} has a form`).toBeDefined()
      const answer = await post(world.people[role].request, action, { ...fields, ...FILLED_IN })
      expect(answer.status(), `${role} posts to ${action}`).toBe(status)
    }
  })
})

interface Form {
  action: string
  fields: Fields
}

/** Every form the owner sees that names the organization, as it would be sent. */
async function formsOf(world: World, place: Place): Promise<Form[]> {
  const forms = new Map<string, Form>()
  for (const { path } of await everyPage(world, place)) {
    const html = await (await world.owner.get(path)).text()
    for (const [, action = ''] of html.matchAll(/<form\b[^>]*\baction="(\/rpc\/[^"]+)"/g)) {
      const fields = formOf(html, action)
      if (fields && 'organization' in fields && isId(fields.organization ?? '')) forms.set(action, { action, fields })
    }
  }
  expect(forms.size, 'there are forms to try').toBeGreaterThan(10)
  return [...forms.values()]
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}

/** The same fields with another id in place of every id. */
function withIds(fields: Fields, id: string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isId(value) ? id : value]))
}

/** What a page shows, without what differs every time. */
async function shown(answer: APIResponse): Promise<string> {
  const text = await answer.text()
  return text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID').replace(/\b(nonce|crossorigin)="[^"]*"/g, '')
}

async function said(answer: APIResponse): Promise<unknown> {
  const { request_id: _, ...rest } = (await answer.json()) as Record<string, unknown>
  return rest
}
