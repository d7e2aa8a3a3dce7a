'use strict';
// tests/sdk/models.js: what the vendor's SDK declares: the models of index.d.ts, the answer and the body of each method, and each operation with its parameters as the sources have
// them. Nothing is loaded of it: the texts are read.
const fs = require('fs');
const path = require('path');

const INTERFACE = /^\s*export interface (\w+) (?:extends ([\w., ]+) )?\{\s*$/;
const MEMBER = /^\s*"?([\w$-]+)"?(\?)?: (.+);\s*$/;
const CLASS = /^declare class (\w+) \{/;
const METHOD = /^\s*(\w+)\((.*)\): Promise<(.+)>;\s*$/;

function readDeclarations(file) {
	const models = new Map(), answers = new Map(), bodies = new Map();
	let inModels = false, model = null, apiClass = null;

	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		if (/^declare namespace /.test(line))
			inModels = /^declare namespace Models /.test(line);
		let match = CLASS.exec(line);
		if (match) {
			apiClass = match[1];
			continue;
		}
		if (line.startsWith('}'))
			apiClass = null;
		match = apiClass && METHOD.exec(line);
		if (match) {
			answers.set(`${apiClass}.${match[1]}`, match[3]);
			bodies.set(`${apiClass}.${match[1]}`, (/\w+\??: (Models\.\w+|Array<Models\.\w+>)/.exec(match[2]) || [])[1]);
			continue;
		}
		match = inModels && INTERFACE.exec(line);
		if (match) {
			model = new Map();
			models.set(match[1], model);
			continue;
		}
		if (/^\s*\}/.test(line))
			model = null;
		match = model && MEMBER.exec(line);
		if (match)
			model.set(match[1], { type: match[3], optional: match[2] === '?' });
	}
	return { models, answers, bodies };
}

// [{api, method, verb, path, pathNames, queryNames}]
function readOperations(folder) {
	const operations = [];
	const call = /callApi\(\s*'([^']+)',\s*'([A-Z]+)',\s*\{([^\n]*)\},\s*\{([^\n]*)\},\s*\{([^\n]*)\},\s*\{([^\n]*)\},\s*([\w]+|opts\['body'\]|opts\[[^\]]*\]),/;

	for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('Api.js'))) {
		const text = fs.readFileSync(path.join(folder, file), 'utf8');

		for (const piece of text.split(/\n\t(?=\w+\([^)]*\) ?\{)/)) {
			const name = /^(\w+)\(/.exec(piece), match = call.exec(piece);
			if (!name || !match)
				continue;
			const names = (part) => [...part.matchAll(/'([^']+)': /g)].map((one) => one[1]);
			operations.push({
				api: file.slice(0, -3), method: name[1], verb: match[2], path: match[1], pathNames: names(match[3]), queryNames: names(match[4]),
				headerNames: names(match[5]), hasBody: match[7] !== 'null', mayBeEmpty: match[7].startsWith('opts'),
			});
		}
	}
	return operations;
}

// Holds values against the models; `problems` has a sentence for whatever is not as declared.
class Checker {
	constructor(declarations, enumerations) {
		this.models = declarations.models;
		this.enumerations = enumerations;
		this.members = 0;
		this.problems = [];
		this.seen = new Set();
	}

	problem(where, text) {
		this.problems.push(`${where}: ${text}`);
	}

	check(value, type, where) {
		type = type.trim();
		let match = /^Array<(.+)>$/.exec(type);
		if (match)
			return this.list(value, match[1], where);
		match = /^\{ \[key: string\]: (.+); \}$/.exec(type);
		if (match)
			return this.map(value, match[1], where);
		match = /^Models\.(\w+)$/.exec(type);
		if (match)
			return this.model(value, match[1], where);
		return this.scalar(value, type, where);
	}

	list(value, type, where) {
		if (!Array.isArray(value))
			return this.problem(where, `a list is declared, not ${JSON.stringify(value)}`);
		value.forEach((one, i) => this.check(one, type, `${where}[${i}]`));
	}

	map(value, type, where) {
		if (typeof value !== 'object' || value === null || Array.isArray(value))
			return this.problem(where, `a map is declared, not ${JSON.stringify(value)}`);
		for (const [key, one] of Object.entries(value))
			this.check(one, type, `${where}.${key}`);
	}

	scalar(value, type, where) {
		const good = {
			string: typeof value === 'string', number: typeof value === 'number', boolean: typeof value === 'boolean',
			object: typeof value === 'object' && value !== null, any: true, void: value === undefined || value === null || value === '' ||
				(typeof value === 'object' && Object.keys(value).length === 0),
		}[type];
		if (good === undefined)
			this.problem(where, `the type ${type} is not known to this check`);
		else if (!good && !(type === 'object' && where.includes('.properties')))
			this.problem(where, `${type} is declared, not ${JSON.stringify(value)}`);
	}

	model(value, name, where) {
		const model = this.models.get(name);

		if (!model)
			return this.problem(where, `there is no model ${name}`);
		if (typeof value !== 'object' || value === null || Array.isArray(value))
			return this.problem(where, `${name} is declared, not ${JSON.stringify(value)}`);
		for (const [key, one] of Object.entries(value)) {
			const member = model.get(key);

			if (!member) {
				this.problem(where, `${name} has no member '${key}'`);
				continue;
			}
			this.members++;
			this.seen.add(`${name}.${key}`);
			this.check(one, member.type, `${where}.${key}`);
			const allowed = this.enumerations[`${name}.${key}`];
			if (allowed && !allowed.includes(one))
				this.problem(`${where}.${key}`, `'${one}' is none of ${allowed.join(', ')}`);
		}
	}
}

module.exports = { readDeclarations, readOperations, Checker };
