import { expect, test } from '../fixtures.ts'
import { post, submit } from '../support/forms.ts'
import { requests, stranger } from '../support/world.ts'
import { act, expectHeading, expectRow, fill, press, ready } from '../verbs.ts'

test.describe('names that are taken', () => {
  test('are refused for projects, however they are spelled', async ({ world, place }) => {
    for (const name of [place.project, place.project.toUpperCase(), ` ${place.project} `]) {
      const answer = await submit(world.owner, `${world.path}?new=project`, '/rpc/project/create', { name })
      expect(answer.status()).toBe(422)
      expect(await answer.json()).toMatchObject({ code: 'invalid', fields: [{ field: 'name', message: 'Another project here has this name.' }] })
    }
  })

  test('are refused for environments, services and clusters', async ({ world, place }) => {
    const environment = { name: place.environment, kind: 'STAGING' }
    const service = { name: place.service, kind: 'JOB' }
    const cluster = { name: 'paris', provider: 'AWS', region: 'eu-west-3' }
    const answers = [
      await submit(world.owner, `${place.projectPath}/overview?new=environment`, '/rpc/environment/create', environment),
      await submit(world.owner, `${place.environmentPath}/overview?new=service`, '/rpc/service/create', service),
      await submit(world.owner, `${world.path}/settings/clusters?new`, '/rpc/cluster/create', cluster),
    ]
    for (const answer of answers) {
      expect(answer.status()).toBe(422)
      expect(await answer.json()).toMatchObject({ fields: [{ field: 'name' }] })
    }
  })

  test('may be used again in another project', async ({ world, place, name }) => {
    const other = await world.place(name('other'), place.environment, place.service)
    expect(other.servicePath).not.toBe(place.servicePath)
  })
})

test.describe('keys', () => {
  test('are defined once per scope', async ({ world, place }) => {
    await world.variable(place.servicePath, 'TAKEN', 'one')
    const answer = await submit(world.owner, `${place.servicePath}/variables?new=plain`, '/rpc/variables/add', { key: 'TAKEN', value: 'two', kind: 'plain' })
    expect(answer.status()).toBe(422)
    expect(await answer.json()).toMatchObject({ fields: [{ field: 'key' }] })
  })

  test('that are reserved or malformed are refused with the rule they break', async ({ world, place }) => {
    const rules: [key: string, rule: RegExp][] = [
      ['QOVERY_MINE', /reserved/],
      ['qovery_mine', /reserved/],
      ['__MINE', /reserved/],
      ['1ST', /digit/],
      ['WITH-DASH', /letters, digits and underscores/],
      ['WITH SPACE', /letters, digits and underscores/],
      ['UMLÄUT', /letters, digits and underscores/],
      ['', /Enter a key/],
      ['K'.repeat(256), /255/],
    ]
    for (const [key, rule] of rules) {
      const answer = await submit(world.owner, `${place.servicePath}/variables?new=plain`, '/rpc/variables/add', { key, value: 'x', kind: 'plain' })
      expect(answer.status(), key).toBe(422)
      expect(await answer.text(), key).toMatch(rule)
    }
  })

  test('of a wider scope are hidden only by those who say so', async ({ world, place }) => {
    await world.variable(place.projectPath, 'WIDE', 'from the project')
    const form = { key: 'WIDE', value: 'from the service', kind: 'plain' }
    const page = `${place.servicePath}/variables?new=plain`
    expect((await submit(world.owner, page, '/rpc/variables/add', form)).status()).toBe(422)
    expect((await submit(world.owner, page, '/rpc/variables/add', { ...form, overrides: 'true' })).status()).toBe(200)
  })

  test('of files need an absolute path of their own', async ({ world, place }) => {
    const file = { key: 'CONF', value: 'x', kind: 'file' }
    const page = `${place.servicePath}/variables?new=file`
    for (const mount_path of ['', 'etc/conf', '/etc/../conf', '/', '/etc//conf']) {
      const answer = await submit(world.owner, page, '/rpc/variables/add', { ...file, mount_path })
      expect(answer.status(), mount_path).toBe(422)
      expect(await answer.json()).toMatchObject({ fields: [{ field: 'mount_path' }] })
    }
    expect((await submit(world.owner, page, '/rpc/variables/add', { ...file, mount_path: '/etc/conf' })).status()).toBe(200)
    const second = await submit(world.owner, page, '/rpc/variables/add', { ...file, key: 'CONF_TWO', mount_path: '/etc/conf' })
    expect(second.status()).toBe(422)
    expect(await second.text()).toContain('CONF is mounted at this path already')
  })

  test('cannot get the mask as their value', async ({ world, place }) => {
    const form = { key: 'MASKED', value: 'sk_••••••••••9fQ', kind: 'secret' }
    const answer = await submit(world.owner, `${place.servicePath}/variables?new=secret`, '/rpc/variables/add', form)
    expect(answer.status()).toBe(422)
  })
})

test.describe('e-mail addresses', () => {
  test('that are none are refused', async ({ world }) => {
    for (const email of ['', 'ana', 'ana@', '@example.com', 'ana@example', 'a b', 'ana@, @example.com', '\nbcc: x@example.com']) {
      const answer = await submit(world.owner, `${world.path}/settings/members?invite`, '/rpc/members/invite', { emails: email, role: 'viewer' })
      expect(answer.status(), email).toBe(422)
      expect(await answer.json(), email).toMatchObject({ fields: [{ field: 'emails' }] })
    }
  })

  test('of members and of the invited are not invited again', async ({ world }) => {
    const guest = stranger('Guest Doubled')
    await world.offer(guest.email, 'Viewer')
    for (const email of [world.people.Viewer.email, world.people.Viewer.email.toUpperCase(), guest.email]) {
      const answer = await submit(world.owner, `${world.path}/settings/members?invite`, '/rpc/members/invite', { emails: email, role: 'viewer' })
      expect(answer.status(), email).toBe(422)
    }
  })

  test('are not given the role of the owner', async ({ world }) => {
    const form = { emails: stranger('Would-be Owner').email, role: 'owner' }
    const answer = await submit(world.owner, `${world.path}/settings/members?invite`, '/rpc/members/invite', form)
    expect(answer.status()).toBe(422)
  })
})

test.describe('what is too large', () => {
  test('is refused with 413 before it is read', async ({ world, site }) => {
    const stranger = await requests(site)
    expect((await post(stranger, '/rpc/account/sign-in', { email: 'a@example.com', password: 'x'.repeat(20_000) })).status()).toBe(413)
    expect((await post(world.owner, '/rpc/project/create', { name: 'x'.repeat(300_000) })).status()).toBe(413)
    expect((await post(world.owner, '/rpc/variables/add', { value: 'x'.repeat(1_700_000) })).status()).toBe(413)
  })

  test('as a value is refused beside its field', async ({ world, place }) => {
    const form = { key: 'LARGE', value: 'x'.repeat(65_537), kind: 'plain' }
    const answer = await submit(world.owner, `${place.servicePath}/variables?new=plain`, '/rpc/variables/add', form)
    expect(answer.status()).toBe(422)
    expect(await answer.json()).toMatchObject({ fields: [{ field: 'value' }] })
    expect((await answer.text()).length).toBeLessThan(1000)
  })

  test('as an address is refused with 414', async ({ world }) => {
    expect((await world.owner.get(`/${'x'.repeat(9000)}`)).status()).toBe(414)
  })
})

test.describe('pages', () => {
  test('that do not exist answer 404 and lead back', async ({ as, world }) => {
    const page = await as('Viewer')
    for (const path of ['/nothing-here', `${world.path}/nothing-here`, `${world.path}/settings/nothing-here`, '/o', '/pkg/nothing.js', '/rpc/nothing/here']) {
      const answer = await page.goto(path)
      expect(answer?.status(), path).toBe(404)
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
    }
    await page.getByRole('link', { name: /start page|overview/i }).first().click()
    await expectHeading(page, /./)
  })

  test('show a request id that stands in the log', async ({ as, world, site }) => {
    const page = await as('Viewer')
    await page.goto(`${world.path}/settings/audit-logs`)
    const text = await page.getByRole('main').innerText()
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)?.[0]
    expect(id).toBeDefined()
    expect(site.log()).toContain(id)
  })
})

test.describe('requests from elsewhere', () => {
  test('change nothing', async ({ world }) => {
    const form = { organization: 'x', name: 'x' }
    for (const site of ['cross-site', 'same-site', 'none']) {
      const answer = await post(world.owner, '/rpc/project/create', form, { headers: { 'sec-fetch-site': site } })
      expect(answer.status(), site).toBe(403)
    }
    const answer = await world.owner.post('/rpc/project/create', { form, headers: { origin: 'https://evil.example' }, maxRedirects: 0 })
    expect(answer.status()).toBe(403)
  })

  test('for another host are not answered', async ({ site }) => {
    const request = await requests(site)
    const answer = await request.get('/sign-in', { headers: { host: 'evil.example' } })
    expect(answer.status()).toBe(421)
  })

  test('with another method are refused', async ({ world }) => {
    expect((await world.owner.get('/rpc/project/create')).status()).toBe(405)
    expect((await world.owner.delete(world.path, { headers: { 'sec-fetch-site': 'same-origin' } })).status()).toBe(405)
  })
})

test('a change somebody else made meanwhile is shown beside one\'s own before it is replaced', async ({ as, world, place }) => {
  await world.variable(place.servicePath, 'SHARED', 'first')
  const [hers, his] = [await as('Owner'), await as('DevOps')]
  for (const page of [hers, his]) {
    await page.goto(`${place.servicePath}/variables`)
    await act(page, 'SHARED', 'Edit')
    await ready(page)
  }
  await fill(hers, { Value: 'hers' })
  await press(hers, 'Save')
  await expect(hers.getByRole('rowheader', { name: /SHARED/ })).toBeVisible()
  await fill(his, { Value: 'his' })
  await press(his, 'Save')
  await expect(his.getByText('Olive Tran changed SHARED while you did')).toBeVisible()
  const both = his.getByRole('table', { name: 'Their value and yours' })
  await expect(both.getByRole('row', { name: /theirs/ })).toContainText('hers')
  await expect(both.getByRole('row', { name: /yours/ })).toContainText('his')
  expect(await (await world.owner.get(`${place.servicePath}/variables`)).text()).toContain('hers')
  await press(his, 'Save changes')
  await expectRow(his, { 'Variable/Key': 'SHARED', Value: 'his' })
})

test('a typed name that differs does not delete a project', async ({ as, place }) => {
  const page = await as('Owner')
  await page.goto(`${place.projectPath}/settings?delete`)
  await ready(page)
  await fill(page, { [`Type ${place.project} to confirm`]: 'something else' })
  await press(page, 'Delete project')
  await expect(page.getByLabel(`Type ${place.project} to confirm`)).toHaveAccessibleDescription(/exactly/)
  await fill(page, { [`Type ${place.project} to confirm`]: place.project })
  await press(page, 'Delete project')
  await expect(page.getByRole('main')).not.toContainText(place.project)
  expect((await page.goto(place.servicePath))?.status()).toBe(404)
})
