'use strict';
// tests/sdk/requests.js SDK FILE: holds requests that flow-sandbox recorded (GET /sandbox/architect/requests) against the operations that the vendor's SDK has: method
// and path, the names of the query, and the body's model. Exit status 1 where something is not as declared.
const fs = require('fs');
const path = require('path');
const { readDeclarations, readOperations, Checker } = require('./models.js');

const sdk = path.join(process.argv[2], 'node_modules', 'purecloud-platform-client-v2');
const declarations = readDeclarations(path.join(sdk, 'index.d.ts'));
const checker = new Checker(declarations, require('./enumerations.js'));
// What is no operation of the API: where tokens come from, and where files are put and fetched.
const beside = [/^POST \/oauth\/token$/, /^(PUT|GET) \/store\//];

// The operation with the fewest parameters in its path wins: /flows/lookup is no flow.
const operations = readOperations(path.join(sdk, 'src', 'purecloud-platform-client-v2', 'api')).map((one) => ({
	...one, form: new RegExp(`^${one.path.replace(/[.+*?^$()[\]\\|]/g, '\\$&').replace(/\{[^}]*\}/g, '[^/]+')}$`),
})).sort((a, b) => a.pathNames.length - b.pathNames.length);

function checkBody(request, operation, where) {
	const type = declarations.bodies.get(`${operation.api}.${operation.method}`);
	let body;

	if (!operation.hasBody) {
		if (request.body !== '' && request.body !== '{}')
			checker.problem(where, 'it takes no body');
		return;
	}
	if (operation.mayBeEmpty && request.body === '')
		return;
	try {
		body = JSON.parse(request.body);
	} catch {
		checker.problem(where, 'its body is no JSON');
		return;
	}
	if (type)
		checker.check(body, type, where);
}

const requests = JSON.parse(fs.readFileSync(process.argv[3], 'utf8')).requests, used = new Map();
let names = 0;

for (const request of requests) {
	const line = `${request.method} ${request.path}`;

	if (beside.some((one) => one.test(line)))
		continue;
	const operation = operations.find((one) => one.verb === request.method && one.form.test(request.path));
	if (!operation) {
		checker.problem(line, 'the SDK has no such operation');
		continue;
	}
	used.set(`${operation.verb} ${operation.path}`, (used.get(`${operation.verb} ${operation.path}`) || 0) + 1);
	for (const { name } of request.query) {
		names++;
		if (!operation.queryNames.includes(name))
			checker.problem(line, `'${name}' is no parameter of ${operation.api}.${operation.method}`);
	}
	checkBody(request, operation, line);
}

console.log(`${requests.length} requests by ${used.size} operations: ${names} parameters and ${checker.members} members of bodies checked`);
for (const [operation, count] of [...used].sort())
	console.log(`${String(count).padStart(6)}  ${operation}`);
for (const problem of checker.problems)
	console.error(problem);
process.exit(checker.problems.length === 0 && requests.length > 0 ? 0 : 1);
