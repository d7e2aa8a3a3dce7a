'use strict';
// tests/sdk/drive.js SDK: the vendor's own client against flow-sandbox, and every answer held against what its index.d.ts declares. Reads SANDBOX_ARCHITECT,
// SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET and SANDBOX_ADMIN_TOKEN; FLOW is a file of YAML.
const fs = require('fs');
const path = require('path');
const { readDeclarations, readOperations, Checker } = require('./models.js');
const enumerations = require('./enumerations.js');
const { connect } = require('./socket.js');

const sdk = path.join(process.argv[2], 'node_modules', 'purecloud-platform-client-v2');
const platform = require(sdk);
const declarations = readDeclarations(path.join(sdk, 'index.d.ts'));
const operations = readOperations(path.join(sdk, 'src', 'purecloud-platform-client-v2', 'api'));
const checker = new Checker(declarations, enumerations);
const origin = new URL(process.env.SANDBOX_ARCHITECT);
const client = platform.ApiClient.instance;
const yaml = fs.readFileSync(process.env.FLOW, 'utf8');
const apis = {}, driven = new Set();
let calls = 0, refusals = 0;

function expect(condition, text) {
	if (!condition)
		checker.problem('expected', text);
}

async function call(api, method, ...args) {
	const name = `${api}.${method}`, type = declarations.answers.get(name);

	apis[api] = apis[api] || new platform[api]();
	driven.add(name);
	calls++;
	const answer = await apis[api][method](...args);
	if (!type)
		checker.problem(name, 'index.d.ts declares no such method');
	else
		checker.check(answer, type, name);
	return answer;
}

async function refused(status, code, api, method, ...args) {
	const where = `${api}.${method} (${code})`;

	apis[api] = apis[api] || new platform[api]();
	driven.add(`${api}.${method}`);
	calls++;
	try {
		await apis[api][method](...args);
	} catch (body) {
		// It is the answer's body that the SDK throws.
		refusals++;
		checker.check(body, 'Models.ErrorBody', where);
		expect(body.code === code && body.status === status, `${where}: ${status} ${code}, not ${body.status} ${body.code}`);
		return;
	}
	checker.problem(where, 'it was not refused');
}

// The sandbox's own routes, behind its admin token.
async function admin(method, route, body) {
	const answer = await fetch(process.env.SANDBOX_ARCHITECT + route, {
		method, headers: { authorization: `Bearer ${process.env.SANDBOX_ADMIN_TOKEN}`, 'content-type': 'application/json' },
		body: body ? JSON.stringify(body) : undefined,
	});
	expect(answer.ok, `${method} ${route}: ${answer.status}`);
	return answer.status === 204 ? null : answer.json();
}

async function until(what, look) {
	for (let i = 0; i < 500; i++) {
		const answer = await look();
		if (answer)
			return answer;
		await new Promise((done) => setTimeout(done, 10));
	}
	throw new Error(`${what} did not come to an end`);
}

const settled = (id) => until('the operation', async () => {
	const flow = await call('ArchitectApi', 'getFlow', id);
	return !flow.currentOperation || flow.currentOperation.complete ? flow : null;
});

async function importFlow(text, headers) {
	const job = await call('ArchitectApi', 'postFlowsJobs', {});
	const put = await fetch(job.presignedUrl, { method: 'PUT', headers: { ...job.headers, ...headers }, body: text });
	expect(put.status === 200 || headers, `the upload was answered ${put.status}`);
	if (put.status !== 200)
		return { put };
	return until('the job', async () => {
		const state = await call('ArchitectApi', 'getFlowsJob', job.id, { expand: ['messages'] });
		return ['Success', 'Failure'].includes(state.status) ? state : null;
	});
}

async function people() {
	await client.loginClientCredentialsGrant(process.env.SANDBOX_CLIENT_ID, process.env.SANDBOX_CLIENT_SECRET);
	calls++;
	const subject = await call('AuthorizationApi', 'getAuthorizationSubjectsMe');
	const roles = await call('AuthorizationApi', 'getAuthorizationRoles', { pageSize: 5 });
	const role = await call('AuthorizationApi', 'getAuthorizationRole', subject.grants[0].role.id);
	expect(role.permissionPolicies.some((one) => one.domain === 'architect' && one.entityName === 'flow' && one.actionSet.includes('publish')),
	       'the role says that it publishes');
	expect(roles.total >= 1, 'there are roles');
	await call('AuthorizationApi', 'getAuthorizationSubject', subject.id);
	await call('AuthorizationApi', 'getAuthorizationDivisions', {});
	await call('TokensApi', 'getTokensMe');
	await refused(400, 'bad.request', 'UsersApi', 'getUsersMe');
	const users = await call('UsersApi', 'getUsers', { pageSize: 10 });
	await call('UsersApi', 'getUser', users.entities[0].id);
	await refused(404, 'not.found', 'AuthorizationApi', 'getAuthorizationRole', 'none');
}

async function lists() {
	const table = [
		['RoutingApi', 'getRoutingQueues', 'getRoutingQueue'], ['ArchitectApi', 'getArchitectPrompts', 'getArchitectPrompt'],
		['ArchitectApi', 'getArchitectSystemprompts', 'getArchitectSystemprompt'], ['IntegrationsApi', 'getIntegrationsActions', 'getIntegrationsAction'],
		['IntegrationsApi', 'getIntegrations', 'getIntegration'], ['ArchitectApi', 'getArchitectSchedules', 'getArchitectSchedule'],
		['ArchitectApi', 'getArchitectSchedulegroups', 'getArchitectSchedulegroup'],
		['ArchitectApi', 'getArchitectEmergencygroups', 'getArchitectEmergencygroup'], ['ArchitectApi', 'getFlowsDatatables', 'getFlowsDatatable'],
		['RoutingApi', 'getRoutingSkills', 'getRoutingSkill'], ['RoutingApi', 'getRoutingLanguages', 'getRoutingLanguage'],
		['RoutingApi', 'getRoutingWrapupcodes', 'getRoutingWrapupcode'], ['GroupsApi', 'getGroups', 'getGroup'],
		['ScriptsApi', 'getScriptsPublished', 'getScriptsPublishedScriptId'], ['AuthorizationApi', 'getAuthorizationDivisions', 'getAuthorizationDivision'],
	];

	for (const [api, many, one] of table) {
		const page = await call(api, many, { pageSize: 1 });
		expect(page.entities.length === 1, `${many}: one of ${page.total}`);
		await call(api, one, page.entities[0].id);
	}
	const named = await call('RoutingApi', 'getRoutingQueues', { name: 'Sup*' });
	expect(named.total === 1 && named.entities[0].name === 'Support', 'queues are found by name');
	await refused(404, 'not.found', 'RoutingApi', 'getRoutingQueue', 'none');
}

async function reading(id) {
	const page = await call('ArchitectApi', 'getFlows', { pageSize: 1, sortBy: 'name', type: ['INBOUNDCALL', 'WORKFLOW', 'INBOUNDSHORTMESSAGE'] });
	expect(page.pageCount === page.total && page.nextUri && page.firstUri && page.lastUri && !page.previousUri, 'the first page knows the others');
	const found = await call('ArchitectApi', 'getFlows', { name: 'no flow has that name' });
	expect(found.total === 0 && found.entities.length === 0, 'a name is a filter');
	await call('ArchitectApi', 'getFlows', { id: [id], includeSchemas: true });
	await call('ArchitectApi', 'getFlowsLookup', [id]);
	await call('ArchitectApi', 'getFlows', { nameOrDescription: 'a', publishedAfter: '2020-01-01T00:00:00.000Z', sortOrder: 'desc', divisionId: [] });
	await call('ArchitectApi', 'getFlow', id);
	const versions = await call('ArchitectApi', 'getFlowVersions', id, { pageSize: 5 });
	await call('ArchitectApi', 'getFlowVersion', id, versions.entities[0].id);
	await call('ArchitectApi', 'getFlowLatestconfiguration', id);
	await call('ArchitectApi', 'getFlowVersionConfiguration', id, versions.entities[0].id);
	await refused(404, 'architect.flow.not.found', 'ArchitectApi', 'getFlow', 'none');
	await refused(404, 'architect.flow.version.not.found', 'ArchitectApi', 'getFlowVersion', id, '99.0');
	await refused(400, 'bad.request', 'ArchitectApi', 'getFlows', { pageSize: 0 });
}

async function locks(id, name) {
	await refused(409, 'architect.flow.not.locked.by.user', 'ArchitectApi', 'putFlow', id, { name });
	const ours = await call('ArchitectApi', 'postFlowsActionsCheckout', id);
	expect(ours.lockedClient && ours.lockedClient.id === process.env.SANDBOX_CLIENT_ID && !ours.lockedUser, 'a client has the lock');
	const mine = await call('ArchitectApi', 'getFlows', { lockedByClientId: process.env.SANDBOX_CLIENT_ID });
	expect(mine.total === 1, 'its locks can be listed');
	await call('ArchitectApi', 'putFlow', id, { name, description: 'Changed by the SDK' });
	await refused(400, 'architect.flow.validate.failed.invalid.name.characters', 'ArchitectApi', 'putFlow', id, { name: 'a/b' });
	await call('ArchitectApi', 'postFlowsActionsRevert', id);
	await call('ArchitectApi', 'postFlowsActionsCheckout', id);
	await call('ArchitectApi', 'postFlowsActionsCheckin', id);
	expect(!(await settled(id)).lockedClient, 'a check-in gives the lock back');
	await call('ArchitectApi', 'postFlowsActionsPublish', id);
	await settled(id);
	await call('ArchitectApi', 'postFlowsActionsDeactivate', id);
	await admin('POST', `/sandbox/architect/flows/${id}/lock`, { user: 'Ann Agent' });
	const theirs = await call('ArchitectApi', 'getFlow', id);
	expect(theirs.lockedUser && theirs.lockedUser.name === 'Ann Agent' && !theirs.lockedClient, 'a person has the lock');
	for (const method of ['postFlowsActionsCheckout', 'postFlowsActionsCheckin', 'postFlowsActionsPublish', 'postFlowsActionsRevert'])
		await refused(409, 'architect.flow.locked.by.user', 'ArchitectApi', method, id);
	expect(!(await call('ArchitectApi', 'postFlowsActionsUnlock', id)).lockedUser, 'an unlock takes it away');
	const asked = await call('ArchitectApi', 'postFlowHistory', id);
	const history = await call('ArchitectApi', 'getFlowHistoryHistoryId', id, asked.id, { pageSize: 50 });
	expect(history.entities.some((one) => one.action === 'PUBLISH'), 'the history knows of it');
}

async function asPerson(id) {
	const token = (await admin('POST', '/sandbox/architect/tokens', { user: 'Ann Agent' })).access_token, old = client.authData.accessToken;

	client.setAccessToken(token);
	expect((await call('UsersApi', 'getUsersMe')).name === 'Ann Agent', 'a person is asked as one');
	expect((await call('ArchitectApi', 'postFlowsActionsCheckout', id)).lockedUser.name === 'Ann Agent', 'a person locks as one');
	client.setAccessToken(old);
	const failed = await importFlow(yaml);
	expect(failed.status === 'Failure' && failed.messages.some((one) => one.text.includes('locked by another entity')), 'a lock fails the job in words');
	await admin('DELETE', `/sandbox/architect/flows/${id}/lock`);
}

async function jobs(id) {
	expect((await importFlow(yaml, { 'x-amz-tagging': 'another' })).put.status === 403, 'the headers are signed');
	expect((await importFlow(yaml, { authorization: 'Bearer x' })).put.status === 400, 'a token has no place there');
	const bad = await importFlow('inboundCall:\n  name: "{{nobody}}"\n');
	expect(bad.status === 'Failure' && bad.messages.some((one) => one.text.includes('nobody')), 'a key without a value fails the job');
	const exported = await call('ArchitectApi', 'postFlowsExportJobs', { flows: [{ flow: { id }, exportType: 'Yaml' }] });
	const ready = await until('the export', async () => {
		const state = await call('ArchitectApi', 'getFlowsExportJob', exported.id, { expand: ['messages'] });
		return state.status === 'Success' ? state : null;
	});
	expect(await (await fetch(ready.downloadUrl)).text() === yaml, 'what is exported is what was published');
	const validated = await call('ArchitectApi', 'postFlowsValidateJobs', { flows: [{ flow: { id } }] });
	await until('the validation', async () => {
		const state = await call('ArchitectApi', 'getFlowsValidateJob', validated.id, { expand: ['messages'] });
		return state.status === 'Success' ? state : null;
	});
	await refused(404, 'architect.job.not.found', 'ArchitectApi', 'getFlowsJob', 'none');
	await refused(400, 'architect.job.invalid.flows', 'ArchitectApi', 'postFlowsExportJobs', { flows: [] });
}

async function others(id) {
	await call('ArchitectApi', 'getArchitectDependencytracking', 'a');
	await call('ArchitectApi', 'getArchitectDependencytrackingConsumedresources', id, '1.0', 'INBOUNDCALLFLOW', {});
	const queue = (await call('RoutingApi', 'getRoutingQueues', { name: 'Support' })).entities[0];
	await call('ArchitectApi', 'getArchitectDependencytrackingConsumingresources', queue.id, 'QUEUE', {});
	await call('ArchitectApi', 'getArchitectDependencytrackingObject', id, { consumedResources: true, consumingResources: true });
	await call('ArchitectApi', 'getArchitectDependencytrackingBuild');
	await call('ArchitectApi', 'postArchitectDependencytrackingBuild');
	const made = await call('ArchitectApi', 'postFlows', { name: 'Made by the SDK', type: 'INBOUNDCALL' });
	expect(!made.publishedVersion && !made.savedVersion, 'what was never saved has no version');
	await refused(409, 'architect.flow.already.exists', 'ArchitectApi', 'postFlows', { name: 'Made by the SDK', type: 'INBOUNDCALL' });
	await call('ArchitectApi', 'deleteFlow', made.id);
	await call('ArchitectApi', 'getFlow', made.id, { deleted: true });
	const workflow = (await call('ArchitectApi', 'getFlows', { type: ['WORKFLOW'] })).entities[0];
	const run = await call('ArchitectApi', 'postFlowsExecutions', { flowId: workflow.id, inputData: {}, name: 'by the SDK' });
	await until('the execution', async () => (await call('ArchitectApi', 'getFlowsExecution', run.id)).status === 'COMPLETED');
}

async function notifications(id) {
	const channel = await call('NotificationsApi', 'postNotificationsChannels');
	const topic = `v2.flows.${id}`;

	await call('NotificationsApi', 'postNotificationsChannelSubscriptions', channel.id, [{ id: topic }]);
	await call('NotificationsApi', 'putNotificationsChannelSubscriptions', channel.id, [{ id: topic }]);
	await call('NotificationsApi', 'getNotificationsChannelSubscriptions', channel.id);
	await call('NotificationsApi', 'getNotificationsChannels');
	await listen(channel, topic, id);
	await call('NotificationsApi', 'deleteNotificationsChannelSubscriptions', channel.id);
	await refused(404, 'not.found', 'NotificationsApi', 'getNotificationsChannelSubscriptions', 'none');
}

async function listen(channel, topic, id) {
	const heard = [], socket = await connect(channel.connectUri, (text) => heard.push(JSON.parse(text)));

	socket.send('{"message":"ping"}');
	await call('ArchitectApi', 'postFlowsActionsCheckout', id);
	await call('ArchitectApi', 'postFlowsActionsRevert', id);
	await until('the notification', async () => heard.some((one) => one.topicName === topic) && heard.some((one) => one.topicName === 'channel.metadata'));
	for (const { eventBody } of heard.filter((one) => one.topicName === topic))
		checker.check(eventBody, 'Models.Flow', topic);
	socket.close();
}

async function rights(id) {
	await admin('POST', '/sandbox/architect/revoked', { permission: 'architect:flow:edit' });
	await refused(403, 'missing.permissions', 'ArchitectApi', 'postFlowsActionsCheckout', id);
	await admin('POST', '/sandbox/architect/revoked', { permission: 'architect:flow:edit', back: true });
	await admin('POST', '/sandbox/faults', { fault: 'status=429,retry-after=1,count=1,on=GET /api/v2/flows' });
	await refused(429, 'too.many.requests', 'ArchitectApi', 'getFlows', {});
	client.setAccessToken('stale');
	await refused(401, 'bad.credentials', 'ArchitectApi', 'getFlows', {});
}

// Paths of the sandbox that no method of the SDK has, and methods that were not driven here.
async function coverage() {
	const routes = (await admin('GET', '/sandbox/statistics')).routes.filter((one) => one.address === 'architect' && one.path.startsWith('/api/'));
	const form = (text) => text.replace(/\{[^}]*\}/g, '{}');
	const unknown = [], idle = [];

	for (const route of routes) {
		const known = operations.filter((one) => one.verb === route.method && form(one.path) === form(route.path));
		if (known.length === 0)
			unknown.push(`${route.method} ${route.path}`);
		else if (!known.some((one) => driven.has(`${one.api}.${one.method}`)))
			idle.push(`${route.method} ${route.path}`);
	}
	for (const one of unknown)
		checker.problem(one, 'the sandbox serves it and the SDK does not know it');
	for (const one of idle)
		checker.problem(one, 'the sandbox serves it and this test does not ask for it');
	return routes.length;
}

async function main() {
	client.setGateway({ protocol: origin.protocol.slice(0, -1), host: origin.hostname, port: Number(origin.port) });
	await people();
	await lists();
	const published = await importFlow(yaml);
	expect(published.status === 'Success' && published.flow, 'the job publishes the flow');
	const id = published.flow.id;
	const flow = await call('ArchitectApi', 'getFlow', id);
	expect(flow.publishedVersion.id === '1.0' && flow.publishedVersion.createdByClient.id === process.env.SANDBOX_CLIENT_ID, 'the version is the one we caused');
	await reading(id);
	await jobs(id);
	await locks(id, flow.name);
	await asPerson(id);
	await others(id);
	await notifications(id);
	const routes = await coverage();
	await rights(id);
	console.log(`SDK ${require(path.join(sdk, 'package.json')).version}: ${calls} calls (${refusals} of them refused) by ${driven.size} methods over ` +
		`${routes} operations; ${checker.members} members of ${new Set([...checker.seen].map((one) => one.split('.')[0])).size} models checked, ` +
		`${checker.seen.size} different ones`);
	console.log('the SDK cannot reach: presigned uploads and downloads, the WebSocket of a channel; they were reached without it');
	for (const problem of checker.problems)
		console.error(problem);
	return checker.problems.length === 0 ? 0 : 1;
}

main().then((code) => process.exit(code), (error) => {
	console.error(error);
	process.exit(1);
});
