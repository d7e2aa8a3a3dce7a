/* dialect/architect_table.c: the kinds of flow, and one row a kind of action: its operation, its named outcomes, what its settings become.
 * A kind that is not here is an `invoke` with the outputs that the source gives it. Settings that a row does not name are kept as they are. */
#include "dialect/architect.h"

/* REST calls them in upper case (genesys-cloud.md 1.3); these are the keys of the files. What a bot hears comes by voice or text: voice is the wider. */
static const struct tl_arch_type type_table[] = {
	{ "inboundCall", TL_VOICE, false },
	{ "inqueueCall", TL_VOICE, true },
	{ "outboundCall", TL_VOICE, false },
	{ "secureCall", TL_VOICE, false },
	{ "voicemail", TL_VOICE, false },
	{ "voice", TL_VOICE, false },
	{ "voiceSurvey", TL_VOICE, false },
	{ "speech", TL_VOICE, false },
	{ "bot", TL_VOICE, false },
	{ "botFlow", TL_VOICE, false },
	{ "commonModule", TL_VOICE, false },
	{ "digitalBot", TL_MESSAGE, false },
	{ "inboundChat", TL_MESSAGE, false },
	{ "inboundEmail", TL_MESSAGE, false },
	{ "inboundShortMessage", TL_MESSAGE, false },
	{ "inqueueEmail", TL_MESSAGE, false },
	{ "inqueueShortMessage", TL_MESSAGE, false },
	{ "emailSend", TL_MESSAGE, false },
	{ "surveyInvite", TL_MESSAGE, false },
	{ "workflow", TL_MESSAGE, false },
	{ "workitem", TL_MESSAGE, false },
};

const struct tl_arch_type *tl_arch_type_of(struct tl_str key)
{
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (tl_str_is(key, type_table[i].key))
			return &type_table[i];
	}
	return NULL;
}

static struct tl_str in_case(struct tl_arena *arena, struct tl_str text, char first, int by)
{
	char *out = tl_arena_alloc(arena, text.len + 1, 1);

	for (size_t i = 0; i < text.len; i++)
		out[i] = text.ptr[i] >= first && text.ptr[i] < first + 26 ? (char)(text.ptr[i] + by) : text.ptr[i];
	return (struct tl_str){ out, text.len };
}

struct tl_str tl_architect_api_type(struct tl_arena *arena, struct tl_str key)
{
	/* The one kind that files call otherwise. */
	if (tl_str_is(key, "botFlow"))
		return TL_STR("BOT");
	return in_case(arena, key, 'a', 'A' - 'a');
}

struct tl_str tl_architect_type_key(struct tl_arena *arena, struct tl_str api)
{
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (tl_str_equal_nocase(api, tl_str(type_table[i].key)))
			return tl_str(type_table[i].key);
	}
	return in_case(arena, api, 'A', 'a' - 'A');
}

/* ---- Actions */

/* clang-format off */
#define SUCCESS { "success", TL_R_NEXT }
#define FAILURE { "failure", TL_R_FAILED }
#define TIMEOUT { "timeout", TL_R_TIMED_OUT }
#define FOUND { "found", TL_R_FOUND }
#define NOT_FOUND { "notFound", TL_R_NOT_FOUND }

#define SAY(name, key) { .kind = (name), .op = TL_SAY, .fields = { { (key), TL_AS_PROMPT } } }
#define STEP(name) { .kind = (name), .op = TL_INVOKE, .service = TL_SERVICE_OTHER }
#define FIND(name, by, result) \
	{ .kind = (name), .op = TL_INVOKE, .service = TL_SERVICE_OTHER, \
	  .fields = { { (by), TL_AS_SUBJECT }, { (result), TL_AS_RESULT } }, .outputs = { FOUND, NOT_FOUND } }
/* Success ends the flow, failure goes on. */
#define TRANSFER(name, to, key) \
	{ .kind = (name), .op = TL_TRANSFER, .what = (to), .fields = { { (key), TL_AS_SUBJECT } }, .outputs = { FAILURE } }
#define TRANSFER_QUEUE(name) TRANSFER(name, "queue", "targetQueue")
#define TRANSFER_VOICEMAIL(name) \
	{ .kind = (name), .op = TL_TRANSFER, .what = "voicemail", .fields = { { "destination", TL_AS_DESTINATION } }, \
	  .outputs = { FAILURE } }
#define END(name) \
	{ .kind = (name), .op = TL_END, .shape = TL_SHAPE_END, .ends_call = true, .fields = { { "exitReason", TL_AS_REASON } } }
#define JUMP(name, ref) \
	{ .kind = (name), .op = TL_JUMP, .shape = TL_SHAPE_JUMP, .what = (ref), .fields = { { (ref), TL_AS_SHAPED } } }
#define JUMP_TO(name, a_shape) { .kind = (name), .op = TL_JUMP, .shape = (a_shape) }

const struct tl_arch_action tl_arch_action_table[] = {
	/* Puts something out. */
	SAY("playAudio", "audio"),
	SAY("playAudioOnSilence", "audio"),
	SAY("sendResponse", "messageBody"),
	SAY("sendAutoReply", "messageBody"),
	SAY("communicate", "communication"),
	SAY("holdMusic", "prompt"),
	SAY("playEstimatedWaitTime", "estimatedWaitTime"),
	SAY("playPositionInQueue", "positionInQueue"),

	/* Asks the caller. What a caller means by an answer is the platform's to say: the name of the intent stands for all that means it. */
	{ .kind = "collectInput", .op = TL_GATHER,
	  .fields = { { "inputAudio", TL_AS_PROMPT }, { "inputData", TL_AS_INTO }, { "digits", TL_AS_DIGITS },
		      { "noEntryTimeout", TL_AS_NO_ENTRY } },
	  .outputs = { SUCCESS, { "failure", TL_R_OTHERWISE } } },
	{ .kind = "askForSlot", .op = TL_GATHER,
	  .fields = { { "question", TL_AS_PROMPT }, { "noInput", TL_AS_NO_INPUT }, { "noMatch", TL_AS_NO_MATCH }, { "slot", TL_AS_INTO } },
	  .outputs = { { "default", TL_R_NEXT }, { "maxNoInputs", TL_R_NO_INPUT }, { "maxNoMatches", TL_R_NO_MATCH } } },
	{ .kind = "askForIntent", .op = TL_MENU, .shape = TL_SHAPE_MENU,
	  .fields = { { "question", TL_AS_PROMPT }, { "noInput", TL_AS_NO_INPUT }, { "noMatch", TL_AS_NO_MATCH } },
	  .outputs = { { "noIntent", TL_R_OTHER }, { "maxNoInputs", TL_R_NO_INPUT }, { "maxNoMatches", TL_R_NO_MATCH } } },
	{ .kind = "askForBoolean", .op = TL_MENU, .shape = TL_SHAPE_MENU,
	  .fields = { { "question", TL_AS_PROMPT }, { "noInput", TL_AS_NO_INPUT }, { "noMatch", TL_AS_NO_MATCH }, { "result", TL_AS_RESULT } },
	  .outputs = { { "yes", TL_R_CHOICE }, { "no", TL_R_CHOICE }, { "maxNoInputs", TL_R_NO_INPUT }, { "maxNoMatches", TL_R_NO_MATCH } } },
	{ .kind = "digitalMenu", .op = TL_MENU, .shape = TL_SHAPE_MENU,
	  .fields = { { "question", TL_AS_PROMPT }, { "noMatch", TL_AS_NO_MATCH }, { "selection", TL_AS_RESULT },
		      { "knowledgeSearchResult", TL_AS_RESULT } },
	  .outputs = { { "maxNoInputs", TL_R_NO_INPUT }, { "maxNoMatches", TL_R_NO_MATCH } } },

	/* Sets variables. */
	{ .kind = "updateData", .op = TL_ASSIGN, .fields = { { "statements", TL_AS_STATEMENTS } } },
	{ .kind = "setParticipantData", .op = TL_ASSIGN, .fields = { { "attributes", TL_AS_PUT } } },

	/* Chooses. */
	{ .kind = "decision", .op = TL_BRANCH, .shape = TL_SHAPE_DECISION, .fields = { { "condition", TL_AS_SHAPED } } },
	{ .kind = "switch", .op = TL_BRANCH, .shape = TL_SHAPE_SWITCH, .fields = { { "evaluate", TL_AS_SHAPED } } },
	{ .kind = "loop", .op = TL_ASSIGN, .shape = TL_SHAPE_LOOP, .fields = { { "loopCount", TL_AS_SUBJECT }, { "currentIndex", TL_AS_SHAPED } } },
	JUMP_TO("loopNext", TL_SHAPE_LOOP_NEXT),
	JUMP_TO("loopExit", TL_SHAPE_LOOP_EXIT),

	/* Asks the outside. */
	{ .kind = "callData", .op = TL_INVOKE, .service = TL_SERVICE_DATA,
	  .fields = { { "category", TL_AS_CATEGORY }, { "timeout", TL_AS_TIMEOUT } }, .outputs = { SUCCESS, FAILURE, TIMEOUT } },
	{ .kind = "callDataSecure", .op = TL_INVOKE, .service = TL_SERVICE_DATA,
	  .fields = { { "category", TL_AS_CATEGORY }, { "timeout", TL_AS_TIMEOUT } }, .outputs = { SUCCESS, FAILURE, TIMEOUT } },
	{ .kind = "callBridge", .op = TL_INVOKE, .service = TL_SERVICE_DATA,
	  .fields = { { "category", TL_AS_CATEGORY }, { "timeout", TL_AS_TIMEOUT } }, .outputs = { SUCCESS, FAILURE, TIMEOUT } },
	{ .kind = "getParticipantData", .op = TL_INVOKE, .service = TL_SERVICE_OTHER, .fields = { { "attributes", TL_AS_GET } } },
	{ .kind = "getConversationData", .op = TL_INVOKE, .service = TL_SERVICE_OTHER,
	  .fields = { { "conversationId", TL_AS_SUBJECT }, { "participantId", TL_AS_INPUT }, { "attributes", TL_AS_GET } },
	  .outputs = { FOUND, NOT_FOUND } },
	{ .kind = "setConversationData", .op = TL_INVOKE, .service = TL_SERVICE_OTHER,
	  .fields = { { "conversationId", TL_AS_SUBJECT }, { "participantId", TL_AS_INPUT }, { "attributes", TL_AS_PUT } },
	  .outputs = { SUCCESS, FAILURE } },
	{ .kind = "findQueue", .op = TL_INVOKE, .service = TL_SERVICE_OTHER,
	  .fields = { { "findName", TL_AS_QUEUE }, { "findResult", TL_AS_RESULT } }, .outputs = { FOUND, NOT_FOUND } },
	FIND("findQueueById", "findId", "findResult"),
	FIND("findUser", "findName", "findResult"),
	FIND("findUserById", "findId", "findResult"),
	FIND("findUsersById", "findIds", "findResult"),
	FIND("findGroup", "findName", "findResult"),
	FIND("findSkill", "findName", "findResult"),
	FIND("findLanguageSkill", "findName", "findResult"),
	FIND("findEmergencyGroup", "findName", "findResult"),
	FIND("findSchedule", "findName", "findResult"),
	FIND("findScheduleGroup", "findName", "findResult"),
	FIND("findSystemPrompt", "findName", "findResult"),
	FIND("findUserPrompt", "findName", "findResult"),
	FIND("getExternalContact", "externalId", "externalResult"),
	FIND("getExternalOrganization", "externalId", "externalResult"),
	{ .kind = "dataTableLookup", .op = TL_INVOKE, .service = TL_SERVICE_OTHER,
	  .fields = { { "dataTable", TL_AS_OBJECT }, { "lookupValue", TL_AS_INPUT } }, .outputs = { FOUND, NOT_FOUND } },
	{ .kind = "evaluateSchedule", .op = TL_INVOKE, .service = TL_SERVICE_HOURS, .fields = { { "evaluationType", TL_AS_SCHEDULE } },
	  .outputs = { { "active", TL_R_OPEN }, { "inactive", TL_R_CLOSED } } },
	{ .kind = "evaluateScheduleGroup", .op = TL_INVOKE, .service = TL_SERVICE_HOURS, .fields = { { "scheduleGroup", TL_AS_SUBJECT } },
	  .outputs = { { "open", TL_R_OPEN }, { "closed", TL_R_CLOSED }, { "holiday", TL_R_HOLIDAY }, { "emergency", TL_R_OTHER } } },
	{ .kind = "callBotFlow", .op = TL_INVOKE, .service = TL_SERVICE_OTHER,
	  .fields = { { "botFlow", TL_AS_FLOW }, { "inputText", TL_AS_INPUT }, { "exitReason", TL_AS_RESULT }, { "intent", TL_AS_RESULT } } },
	{ .kind = "setScreenPop", .op = TL_INVOKE, .service = TL_SERVICE_OTHER, .fields = { { "screenPopScript", TL_AS_OBJECT } } },
	{ .kind = "disconnectWorkitem", .op = TL_INVOKE, .service = TL_SERVICE_OTHER, .outputs = { SUCCESS, FAILURE } },
	{ .kind = "createCallback", .op = TL_INVOKE, .service = TL_SERVICE_OTHER, .fields = { { "targetQueue", TL_AS_SUBJECT } },
	  .outputs = { SUCCESS, FAILURE } },
	STEP("addFlowMilestone"),
	STEP("enableParticipantRecord"),
	STEP("flushAudio"),
	STEP("initializeFlowOutcome"),
	STEP("setExternalTag"),
	STEP("setFlowOutcome"),
	STEP("setPriority"),
	STEP("setSkills"),
	STEP("setUUIData"),
	STEP("setWhisperAudio"),
	STEP("setWrapupCode"),

	{ .kind = "wait", .op = TL_WAIT, .fields = { { "duration", TL_AS_DURATION } } },

	TRANSFER_QUEUE("transferToAcd"),
	TRANSFER("transferToUser", "user", "targetUser"),
	TRANSFER("transferToNumber", "number", "targetNumber"),
	TRANSFER("transferToGroup", "group", "targetGroup"),
	TRANSFER("transferToFlow", "flow", "targetFlow"),
	TRANSFER("transferToFlowSecure", "flow", "targetFlow"),
	TRANSFER_VOICEMAIL("transferToVoicemail"),

	/* Comes back. */
	{ .kind = "callTask", .op = TL_CALL, .shape = TL_SHAPE_TASK, .what = "targetTaskRef", .fields = { { "targetTaskRef", TL_AS_SHAPED } },
	  .outputs = { { "default", TL_R_OTHERWISE } } },
	{ .kind = "callCommonModule", .op = TL_CALL, .what = "module", .fields = { { "commonModule", TL_AS_MODULE } },
	  .outputs = { { "default", TL_R_OTHERWISE } } },
	{ .kind = "callDigitalBotFlow", .op = TL_CALL, .what = "flow",
	  .fields = { { "digitalBotFlow", TL_AS_FLOW }, { "inputText", TL_AS_INPUT }, { "exitReason", TL_AS_RESULT }, { "intent", TL_AS_RESULT } },
	  .outputs = { { "default", TL_R_OTHERWISE } } },

	/* Does not. */
	JUMP("jumpToTask", "targetTaskRef"),
	JUMP("jumpToMenu", "targetMenuRef"),
	JUMP("changeState", "targetStateRef"),
	JUMP_TO("previousMenu", TL_SHAPE_BACK),
	JUMP_TO("repeatMenu", TL_SHAPE_BACK),

	END("disconnect"),
	END("endWorkflow"),
	END("exitBotFlow"),
	END("exitWorkitemFlow"),
	END("completeSurveyInvite"),
	{ .kind = "abortSurveyInvite", .op = TL_END, .shape = TL_SHAPE_END, .ends_call = true, .fields = { { "disposition", TL_AS_REASON } } },
	{ .kind = "endTask", .op = TL_END, .shape = TL_SHAPE_END, .fields = { { "outputPath", TL_AS_EXIT } } },
	{ .kind = "endState", .op = TL_END, .shape = TL_SHAPE_END },

	/* Choices of a menu; menuTask and menuSubMenu are routines (architect_menu.c). */
	END("menuDisconnect"),
	JUMP("menuJumpToTask", "targetTaskRef"),
	JUMP("menuJumpToMenu", "targetMenuRef"),
	JUMP_TO("menuPreviousMenu", TL_SHAPE_BACK),
	JUMP_TO("menuRepeatMenu", TL_SHAPE_AGAIN),
	JUMP_TO("menuRepeat", TL_SHAPE_AGAIN),
	JUMP_TO("menuReplay", TL_SHAPE_AGAIN),
	TRANSFER_QUEUE("menuTransferToAcd"),
	TRANSFER("menuTransferToUser", "user", "targetUser"),
	TRANSFER("menuTransferToNumber", "number", "targetNumber"),
	TRANSFER("menuTransferToGroup", "group", "targetGroup"),
	TRANSFER("menuTransferToFlow", "flow", "targetFlow"),
	TRANSFER("menuTransferToFlowSecure", "flow", "targetFlow"),
	TRANSFER_VOICEMAIL("menuTransferToVoicemail"),
};
const size_t tl_arch_action_count = TL_COUNT(tl_arch_action_table);

/* What happens when an action fails or a run has made too many: an end, a queue, or elsewhere in the flow. */
const struct tl_arch_action tl_arch_handling_table[] = {
	END("disconnect"),
	END("endFlow"),
	END("endWorkflow"),
	END("exit"),
	TRANSFER_QUEUE("queue"),
	JUMP("jumpToTask", "targetTaskRef"),
	JUMP("jumpToMenu", "targetMenuRef"),
	JUMP("task", "targetTaskRef"),
	JUMP("menu", "targetMenuRef"),
	JUMP("state", "targetStateRef"),
};
const size_t tl_arch_handling_count = TL_COUNT(tl_arch_handling_table);
/* clang-format on */

const struct tl_arch_action *tl_arch_action_of(const struct tl_arch_action *table, size_t count, struct tl_str kind)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(kind, table[i].kind))
			return &table[i];
	}
	return NULL;
}

enum tl_role tl_arch_role_of(struct tl_str output)
{
	static const struct tl_arch_output output_table[] = {
		SUCCESS,
		FAILURE,
		TIMEOUT,
		FOUND,
		NOT_FOUND,
		{ "open", TL_R_OPEN },
		{ "closed", TL_R_CLOSED },
		{ "holiday", TL_R_HOLIDAY },
	};

	for (size_t i = 0; i < TL_COUNT(output_table); i++) {
		if (tl_str_is(output, output_table[i].name))
			return output_table[i].role;
	}
	return TL_R_OTHER;
}
