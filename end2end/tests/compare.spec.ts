import { expect, test } from '../fixtures.ts'
import { save, type Place, type World } from '../support/world.ts'
import { act, expectNoRow, expectRow, expectSaid, press, row } from '../verbs.ts'

// With the console's script and without any.
const both = { tag: '@no-javascript' }

/** A second environment of the place's project; its address. */
async function stagingOf(world: World, place: Place): Promise<string> {
  const fields = { name: 'staging', kind: 'STAGING' }
  const next = await save(world.owner, `${place.projectPath}/overview?new=environment`, '/rpc/environment/create', fields)
  return next.replace(/\/overview$/, '')
}

test('environments stand side by side, and what differs or is missing is found', both, async ({ as, place, world }) => {
  const staging = await stagingOf(world, place)
  await world.variable(place.projectPath, 'REGION', 'eu-west-3')
  await world.variable(place.environmentPath, 'HOST', 'shop.example')
  await world.variable(staging, 'HOST', 'staging.example')
  await world.variable(staging, 'DEBUG', 'yes')
  const page = await as('Viewer')
  await page.goto(`${place.projectPath}/variables`)
  await page.getByRole('link', { name: 'Compare', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Compare environments')
  await expectRow(page, { 'Variable/Key': 'HOST', production: 'value A', staging: 'value B' })
  await expectRow(page, { 'Variable/Key': 'REGION', production: 'From the project', staging: 'From the project' })
  await page.getByRole('link', { name: 'Missing anywhere' }).click()
  await expectRow(page, { 'Variable/Key': 'DEBUG', production: 'Missing', staging: 'yes' })
  await expectNoRow(page, 'HOST')
  await page.getByRole('link', { name: 'Differences only' }).click()
  await expectRow(page, { 'Variable/Key': 'HOST', production: 'shop.example', staging: 'staging.example' })
  await expectNoRow(page, 'REGION')
})

test('which secrets are equal is told to those who may change them, when they ask', both, async ({ as, place, world }) => {
  const staging = await stagingOf(world, place)
  const [same, other] = ['never to be seen again', 'nor is this one, ever']
  await world.variable(place.environmentPath, 'SAME', same, 'secret')
  await world.variable(staging, 'SAME', same, 'secret')
  await world.variable(place.environmentPath, 'TOKEN', same, 'secret')
  await world.variable(staging, 'TOKEN', other, 'secret')
  const address = `${place.projectPath}/variables/compare?env=production,staging`
  const viewer = await as('Viewer')
  await viewer.goto(address)
  await expectRow(viewer, { 'Variable/Key': 'TOKEN', production: 'Set here' })
  await expect(viewer.getByRole('button', { name: 'Compare secrets too' })).toHaveAttribute('aria-disabled', 'true')
  await expect(row(viewer, 'TOKEN')).not.toContainText('value A')
  const page = await as('DevOps')
  await page.goto(address)
  await expect(row(page, 'TOKEN')).not.toContainText('value A')
  await press(page, 'Compare secrets too')
  await expect(page.getByText('Secrets compared')).toBeVisible()
  await expectRow(page, { 'Variable/Key': 'TOKEN', production: 'value A', staging: 'value B' })
  await expectRow(page, { 'Variable/Key': 'SAME', production: 'value A', staging: 'value A' })
  const content = await page.content()
  for (const secret of [same, other]) expect(content).not.toContain(secret)
  // For nobody else.
  await viewer.goto(page.url())
  await expect(row(viewer, 'TOKEN')).not.toContainText('value A')
})

test('one variable is copied after a look at what that does', both, async ({ as, place, world }) => {
  const staging = await stagingOf(world, place)
  await world.variable(staging, 'DEBUG', 'yes')
  const page = await as('DevOps')
  await page.goto(`${place.projectPath}/variables/compare`)
  await act(page, 'DEBUG', 'Copy to…')
  await page.getByRole('group', { name: 'From' }).getByRole('radio', { name: 'staging' }).check()
  await page.getByRole('group', { name: 'To' }).getByRole('radio', { name: 'production' }).check()
  await press(page, 'Show what changes')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Copy DEBUG from staging to production')
  await expectRow(page, { 'Variable/Key': 'DEBUG', 'Now in production': 'not defined', Afterwards: 'yes', 'What happens': 'Added' })
  await press(page, 'Copy what is ticked')
  await expectSaid(page, 'DEBUG copied to production.')
  await expectRow(page, { 'Variable/Key': 'DEBUG', production: 'Set here', staging: 'Set here' })
})

test('a promotion takes what is ticked, and is looked at again when somebody was quicker', both, async ({ as, place, world }) => {
  const staging = await stagingOf(world, place)
  await world.variable(staging, 'HOST', 'new.example')
  await world.variable(staging, 'TOKEN', 'never to be seen again', 'secret')
  await world.variable(staging, 'DEBUG', 'yes')
  const page = await as('DevOps')
  await page.goto(`${place.projectPath}/variables/compare?promote=staging,production`)
  await page.getByRole('checkbox', { name: 'Copy DEBUG' }).uncheck()
  await world.variable(place.environmentPath, 'HOST', 'old.example')
  await press(page, 'Copy what is ticked')
  await expect(page.getByText('Not copied yet')).toBeVisible()
  await expect(row(page, 'HOST')).toContainText('old.example')
  await expect(row(page, 'HOST')).toContainText('Replaced')
  await page.getByRole('checkbox', { name: 'Copy DEBUG' }).uncheck()
  await press(page, 'Copy what is ticked')
  await expectSaid(page, '2 variables copied to production.')
  await expectRow(page, { 'Variable/Key': 'HOST', production: 'new.example', staging: 'new.example' })
  await expectRow(page, { 'Variable/Key': 'DEBUG', production: 'Missing', staging: 'yes' })
  await page.goto(`${place.environmentPath}/variables`)
  await expectRow(page, { 'Variable/Key': 'TOKEN', Value: 'hidden value' })
  expect(await page.content()).not.toContain('never to be seen again')
})

test('who may not change an environment is told why nothing can be copied there', both, async ({ as, place, world }) => {
  const staging = await stagingOf(world, place)
  await world.variable(staging, 'DEBUG', 'yes')
  const page = await as('Viewer')
  await page.goto(`${place.projectPath}/variables/compare`)
  await expect(page.getByRole('button', { name: 'Promote…' })).toHaveAttribute('aria-disabled', 'true')
  const answer = await page.goto(`${place.projectPath}/variables/compare?promote=staging,production`)
  expect(answer?.status()).toBe(403)
})
