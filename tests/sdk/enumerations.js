'use strict';
// tests/sdk/enumerations.js: the values that members may have. The SDK for JavaScript declares them as plain strings; its counterparts in other languages name them.
const flowTypes = ['BOT', 'COMMONMODULE', 'DIGITALBOT', 'EMAILSEND', 'INBOUNDCALL', 'INBOUNDCHAT', 'INBOUNDEMAIL', 'INBOUNDSHORTMESSAGE', 'INQUEUECALL', 'INQUEUEEMAIL',
	'INQUEUESHORTMESSAGE', 'OUTBOUNDCALL', 'SECURECALL', 'SPEECH', 'SURVEYINVITE', 'VOICE', 'VOICEMAIL', 'VOICESURVEY', 'WORKFLOW', 'WORKITEM'];
const jobStatus = ['Registered', 'Started', 'Success', 'Failure'];
const jobCommands = ['Publish', 'Create', 'Update', 'Export', 'Validate'];

module.exports = {
	'Flow.type': flowTypes,
	'FlowVersion.type': ['PUBLISH', 'CHECKIN', 'SAVE'],
	'Operation.actionName': ['CREATE', 'CHECKIN', 'CHECKOUT', 'DEBUG', 'DELETE', 'HISTORY', 'PUBLISH', 'REVERT', 'SAVE', 'STATE_CHANGE', 'UPDATE', 'VALIDATE'],
	'Operation.actionStatus': ['LOCKED', 'UNLOCKED', 'STARTED', 'PENDING_GENERATION', 'PENDING_BACKEND_NOTIFICATION', 'SUCCESS', 'FAILURE'],
	'ArchitectJobStateResponse.status': jobStatus,
	'ArchitectJobStateResponse.command': jobCommands,
	'ArchitectExportJobStateResponse.status': jobStatus,
	'ArchitectExportJobStateResponse.command': jobCommands,
	'ArchitectValidateJobStateResponse.status': jobStatus,
	'ArchitectValidateJobStateResponse.command': jobCommands,
	'ArchitectJobMessage.type': ['Error', 'Warning', 'Information'],
	'FlowRuntimeExecution.status': ['RUNNING', 'COMPLETED', 'FAILED', 'ERROR', 'TERMINATED'],
	'ChannelTopic.state': ['Permitted', 'Rejected'],
};
