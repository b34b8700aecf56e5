import { save, type Place, type World } from './world.ts'

/** A page of the console, and who may read it. */
export interface PageOfConsole {
  name: string
  path: string
}

/** Every page of a person who may see everything, with its panels and dialogs; of the variables, those that there are. */
export async function everyPage(world: World, place: Place): Promise<PageOfConsole[]> {
  const settings = `${world.path}/settings`
  const member = await world.personId(world.people.Viewer)
  const levels = { project: place.projectPath, environment: place.environmentPath, service: place.servicePath }
  const role = await world.role(`Role ${process.pid} ${Math.random().toString(36).slice(2)}`, 'devops')
  const held = await world.role(`Held ${process.pid} ${Math.random().toString(36).slice(2)}`, 'viewer')
  const reader = await world.join('Viewer', 'Role Reader')
  await world.giveCustomRole(reader, held)
  await save(world.owner, held, '/rpc/roles/draft', { description: 'Under review' })
  const heldId = held.split('/').pop()
  const pages: Record<string, string> = {
    'the overview': world.path,
    'the search': `${world.path}/search`,
    'a search with places and pages': `${world.path}/search?q=e`,
    'a search with qualifiers': `${world.path}/search?q=scope%3Aservice+env%3A${encodeURIComponent(place.environment)}`,
    'a search without a match': `${world.path}/search?q=nothing-of-this-name`,
    'the form for a new project': `${world.path}?new=project`,
    'the form for a new organization': '/organizations/new',
    'the general settings': `${settings}/general`,
    'the members': `${settings}/members`,
    'a search among members without a match': `${settings}/members?q=nobody-of-this-name`,
    'the invitations': `${settings}/members?tab=invitations`,
    'the invitation form': `${settings}/members?invite`,
    'the dialog that changes a role': `${settings}/members?role=${member}`,
    'the dialog that removes a member': `${settings}/members?remove=${member}`,
    'the preview of a changed role': `${settings}/members?role=${member}&to=devops`,
    'the dialog that asks for the password': `${settings}/members?export`,
    'what a member can do': `${settings}/members/${member}`,
    'the choice of a new owner': `${settings}/general?transfer`,
    'the dialog that transfers ownership': `${settings}/general?transfer=${member}`,
    'the dialog that deletes the organization': `${settings}/general?delete`,
    'the roles': `${settings}/roles`,
    'a role': `${settings}/roles/devops`,
    'the form for a new role': `${settings}/roles?new`,
    'the editor of a role': `${role}?types=all`,
    'a role with an edit that waits': held,
    'the editor with an edit': `${held}?edit`,
    'the review of a role': `${held}?review`,
    'the comparison of two roles': `${held}?compare=admin`,
    'the dialog that deletes a role': `${settings}/roles?delete=${role.split('/').pop()}`,
    'the dialog that deletes a role in use': `${settings}/roles?delete=${heldId}`,
    'the preview of its deletion': `${settings}/roles?delete=${heldId}&to=devops`,
    'the clusters': `${settings}/clusters`,
    'the form for a new cluster': `${settings}/clusters?new`,
    'the audit log': `${settings}/audit-logs`,
    'an event': `${settings}/audit-logs?event=1`,
    'a filtered audit log without a match': `${settings}/audit-logs?target_name=nothing-of-this-name`,
    'an audit log with filters that make no sense': `${settings}/audit-logs?from=never`,
    'the form for a new environment': `${place.projectPath}/overview?new=environment`,
    'the form for a new service': `${place.environmentPath}/overview?new=service`,
    'a page that does not exist': `${world.path}/nothing-here`,
    'an address that does not exist': '/nothing-here',
  }
  for (const [level, path] of Object.entries(levels)) {
    for (const tab of ['overview', 'variables', 'history', 'access', 'settings']) pages[`the ${tab} of a ${level}`] = `${path}/${tab}`
    pages[`the form for a variable of a ${level}`] = `${path}/variables?new=plain`
    pages[`the dialog that deletes a ${level}`] = `${path}/settings?delete`
  }
  for (const kind of ['secret', 'file']) pages[`the form for a ${kind}`] = `${place.servicePath}/variables?new=${kind}`
  pages['all events of a service'] = `${place.servicePath}/history?view=events`
  const variables = `${place.servicePath}/variables`
  pages['the variables of a service by prefix'] = `${variables}?sort=updated&group=prefix`
  pages['the comparison of environments'] = `${place.projectPath}/variables/compare`
  pages['the form for an import'] = `${variables}?import`
  pages['the form for an export'] = `${variables}?export`
  pages['the variables of a service as text'] = `${variables}?text`
  pages['changes that are not kept any more'] = `${variables}?changes=00000000-0000-7000-8000-000000000000`
  const lines = ['PLAIN=1', 'API_TOKEN=ghp_0123456789abcdefghij', 'PLAIN=2', '1X=3'].join('\n')
  pages['the review of an import'] = await save(world.owner, `${variables}?import`, '/rpc/variables/read-import', { text: lines })
  const id = /id="row-([0-9a-f-]{36})"/.exec(await (await world.owner.get(variables)).text())?.[1]
  if (id) {
    pages['the form that changes a variable'] = `${variables}?edit=${id}`
    pages['the dialog that deletes a variable'] = `${variables}?delete=${id}`
    pages['the history of a variable'] = `${variables}?history=${id}`
    pages['the review of a restore'] = `${place.servicePath}/history?restore=1`
  }
  return Object.entries(pages).map(([name, path]) => ({ name, path }))
}

/** The pages one sees without an account. */
export async function publicPages(world: World): Promise<PageOfConsole[]> {
  const link = await world.invite(`reader.${process.pid}.${Math.random().toString(36).slice(2)}@example.com`, 'Viewer')
  return [
    { name: 'the sign-in page', path: '/sign-in' },
    { name: 'an invitation', path: new URL(link).pathname },
    { name: 'an invitation that is void', path: `/invite/${'A'.repeat(43)}` },
    { name: 'the closed set-up', path: '/setup' },
  ]
}
