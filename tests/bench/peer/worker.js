/* tests/bench/peer/worker.js: a media worker on Node and ws in the role of flow-attend, to be measured beside it: it takes offered calls as lines of JSON, controls each over
 * the call-control WebSocket, plays a menu, confirms a key and plays the menu again, with a timer for silence. It knows one menu; everything else of flow-attend it leaves out.
 *
 * API=http://127.0.0.1:8080 CLIENT_ID=… CLIENT_SECRET=… node worker.js <calls */
'use strict';

const readline = require('readline');
const WebSocket = require('ws');

const { API, CLIENT_ID, CLIENT_SECRET } = process.env;
const AUDIO = 'https://audio.example.com/';
const KEYS = ['1', '2', '0'];
const TIMEOUT_MS = 60000;

async function token() {
	const answer = await fetch(`${API}/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({ grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
	});

	if (!answer.ok)
		throw new Error(`no token: ${answer.status}`);
	return (await answer.json()).access_token;
}

class Call {
	constructor(id, bearer) {
		this.id = id;
		this.confirming = false;
		this.timer = null;
		this.socket = new WebSocket(`${API.replace(/^http/, 'ws')}/api/v2/callcontrol/websocket`, {
			headers: { Authorization: `Bearer ${bearer}` },
			perMessageDeflate: false,
		});
		this.socket.on('open', () => this.send({ callControlId: id, media: 'audio', capabilities: ['play', 'dtmf', 'transfer', 'hangup'] }));
		this.socket.on('message', (data) => this.event(JSON.parse(data.toString())));
		this.socket.on('close', () => clearTimeout(this.timer));
		this.socket.on('error', (error) => console.error(`${id}: ${error.message}`));
	}

	send(message) {
		this.socket.send(JSON.stringify(message));
	}

	menu() {
		this.confirming = false;
		this.send({ callControlId: this.id, action: 'play', audio: `${AUDIO}menu.wav`, dtmf: { enabled: true, keys: KEYS } });
	}

	await() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.menu(), TIMEOUT_MS);
	}

	event(message) {
		switch (message.event) {
		case 'connected':
			this.menu();
			break;
		case 'playback_completed':
			if (this.confirming)
				this.menu();
			else
				this.await();
			break;
		case 'dtmf':
			clearTimeout(this.timer);
			if (KEYS.includes(message.digit)) {
				this.confirming = true;
				this.send({ callControlId: this.id, action: 'play', audio: `${AUDIO}confirmed.wav`, dtmf: { enabled: false } });
			} else {
				this.menu();
			}
			break;
		case 'hangup':
			this.socket.close();
			break;
		}
	}
}

async function main() {
	const bearer = await token();

	for await (const line of readline.createInterface({ input: process.stdin }))
		new Call(JSON.parse(line).callControlId, bearer);
}

main().catch((error) => {
	console.error(error.message);
	process.exit(1);
});
