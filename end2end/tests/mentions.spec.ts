import { expect, test } from '../fixtures.ts'
import { act, expectNoRow, expectRow, fill, open, press, row } from '../verbs.ts'

// With the console's script and without any.
const both = { tag: '@no-javascript' }

test.describe('a value that mentions others', () => {
  test('is shown as it was entered and as what becomes of it', both, async ({ as, place, world }) => {
    await world.variable(place.projectPath, 'HOST', 'shop.example')
    await world.variable(place.servicePath, 'BASE_URL', 'https://{{HOST}}/{{QOVERY_ENVIRONMENT_NAME}}')
    await world.variable(place.servicePath, 'PASSWORD', 'never to be seen again', 'secret')
    await world.variable(place.servicePath, 'DSN', 'app:{{PASSWORD}}@{{HOST}}')
    const page = await as('Viewer')
    await page.goto(`${place.servicePath}/variables`)
    await expectRow(page, { 'Variable/Key': 'BASE_URL', Value: `https://shop.example/${place.environment}` })
    await expectRow(page, { 'Variable/Key': 'DSN', Value: 'holds a secret, so it is one' })
    expect(await page.content()).not.toContain('never to be seen again')
  })

  test('is refused when it mentions what is not there, and nothing entered is lost', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?new=plain`)
    await fill(page, { 'Variable/Key': 'BROKEN', Value: 'https://{{NOWHERE}}' })
    await press(page, 'Save')
    await expect(page.getByText('NOWHERE is not defined, and BROKEN mentions it.').first()).toBeVisible()
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue('https://{{NOWHERE}}')
  })

  test('keeps what it mentions from being deleted unasked', both, async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'REGION', 'eu-west-3')
    await world.variable(place.servicePath, 'BUCKET', 'files-{{REGION}}')
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    await act(page, 'REGION', 'Delete')
    await expect(page.getByRole('dialog')).toContainText('BUCKET in Service')
    await press(page, 'Delete variable')
    await expect(page.getByText('Tick this to delete it all the same.').first()).toBeVisible()
    await page.getByRole('checkbox', { name: 'Delete it all the same' }).check()
    await press(page, 'Delete variable')
    await expectNoRow(page, 'REGION')
    await expectRow(page, { 'Variable/Key': 'BUCKET', Value: 'REGION is not defined, and BUCKET mentions it.' })
  })
})

test('an alias follows what it stands for, and goes with it', both, async ({ as, place, world }) => {
  await world.variable(place.projectPath, 'DATABASE_URL', 'postgres://one')
  const page = await as('DevOps')
  await page.goto(`${place.servicePath}/variables`)
  await act(page, 'DATABASE_URL', 'Create alias')
  await fill(page, { 'Variable/Key': 'DB' })
  await press(page, 'Save')
  await expectRow(page, { 'Variable/Key': 'DB', Value: 'postgres://one' })
  await page.goto(`${place.projectPath}/variables`)
  await act(page, 'DATABASE_URL', 'Delete')
  await expect(page.getByRole('dialog')).toContainText('The alias DB in Service')
  await press(page, 'Delete variable')
  await page.goto(`${place.servicePath}/variables`)
  await expectNoRow(page, 'DB')
})

test('built-in variables are read, and get keys of one\'s own', both, async ({ as, place, javaScriptEnabled }) => {
  const page = await as('DevOps')
  await page.goto(`${place.servicePath}/variables`)
  if (javaScriptEnabled) await open(page, `${place.servicePath}/variables`)
  await page.locator('summary', { hasText: 'built-in variables' }).click()
  const key = `QOVERY_APPLICATION_${place.service.toUpperCase().replace(/\W+/g, '_')}_HOST`
  await expect(row(page, key)).toContainText('.internal')
  await act(page, key, 'Create alias')
  await fill(page, { 'Variable/Key': 'MY_HOST' })
  await press(page, 'Save')
  await expectRow(page, { 'Variable/Key': 'MY_HOST', Value: '.internal' })
})
