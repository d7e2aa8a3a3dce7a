/* cmd/flow-simulate/skeleton.c: a file beside each flow, and none over another. */
#include "flow-simulate/skeleton.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "report/skeleton.h"

/* Whether a file stands there already, whatever it is. */
static bool is_there(const struct skeletons *skeletons, struct tl_arena *arena, struct tl_str path)
{
	struct stat st;

	return lstat(tl_path_join(arena, skeletons->command->root, path).ptr, &st) == 0;
}

static void say(struct skeletons *skeletons, struct tl_str path, const struct tl_skeleton *skeleton)
{
	struct tl_buf *out = &skeletons->command->out;

	tl_buf_text(out, skeleton ? "written  " : "kept     ");
	tl_text_safe(out, path);
	if (skeleton)
		tl_buf_printf(out, "  %zu case%s%s", skeleton->n_cases, skeleton->n_cases == 1 ? "" : "s", skeleton->run ? "" : ", not run");
	tl_buf_char(out, '\n');
}

static void say_none(struct skeletons *skeletons, struct tl_str path)
{
	tl_buf_text(&skeletons->command->out, "none     ");
	tl_text_safe(&skeletons->command->out, path);
	tl_buf_text(&skeletons->command->out, "  it has no menu\n");
}

static int write_beside(struct skeletons *skeletons, struct tl_str path, const struct tl_skeleton *skeleton, struct tl_str text)
{
	struct tl_arena arena = { 0 };
	struct tl_str beside = tl_skeleton_path(&arena, path, skeleton->run);
	bool there = is_there(skeletons, &arena, beside);
	int ret = 0;

	if (!there)
		ret = tl_file_write(tl_path_join(&arena, skeletons->command->root, beside).ptr, text, 0666, &skeletons->command->err);
	if (ret == 0)
		say(skeletons, beside, there ? NULL : skeleton);
	tl_arena_clear(&arena);
	return ret;
}

static int make_of(struct skeletons *skeletons, struct tl_str path, const struct tl_flow *flow, const struct tl_program *program)
{
	struct tl_command *command = skeletons->command;
	struct tl_skeleton skeleton;
	struct tl_buf text = { 0 };
	int ret = 0;

	tl_skeleton_make(&skeleton, flow, program, command->project, skeletons->lower->values, &skeletons->lower->limits);
	tl_skeleton_yaml(&text, &skeleton, path);
	if (!skeletons->one && skeleton.n_cases == 0)
		say_none(skeletons, path);
	else if (skeletons->one)
		tl_buf_str(&command->out, tl_buf_view(&text));
	else
		ret = write_beside(skeletons, path, &skeleton, tl_buf_view(&text));
	tl_buf_clear(&text);
	tl_skeleton_clear(&skeleton);
	return ret;
}

static int make_one(struct skeletons *skeletons, size_t file)
{
	const struct tl_flow_set *set = &skeletons->workset->flows;
	struct tl_str path = set->files[file].path;
	struct tl_program program;
	const struct tl_flow *runs;
	struct tl_flow *flow = NULL;
	int ret;

	if (set->read(set->data, file, skeletons->lower, &flow, &skeletons->command->err) != 0)
		return -1;
	if (!flow) {
		skeletons->bad_flow = true;
		return 0;
	}
	if (flow->dialect == TL_DIALECT_ARCHITECT) {
		ret = make_of(skeletons, path, flow, NULL);
	} else {
		ret = tl_library_get_file(&runs, skeletons->library, file, skeletons->problems, &skeletons->command->err);
		skeletons->bad_flow |= ret == 0 && !runs;
		if (ret == 0 && runs) {
			program = tl_library_program(skeletons->library, runs);
			ret = make_of(skeletons, path, runs, &program);
		}
	}
	tl_flow_free(flow);
	return ret;
}

int skeletons_make(struct skeletons *skeletons)
{
	const struct tl_flow_set *set = &skeletons->workset->flows;
	size_t made = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (!set->files[i].chosen)
			continue;
		if (skeletons->one && made > 0)
			break;
		made++;
		if (tl_command_stopped())
			return tl_error_set(&skeletons->command->err, TL_INTERRUPTED, "interrupted");
		if (make_one(skeletons, i) != 0)
			return -1;
	}
	return made > 0 ? 0 : tl_error_set(&skeletons->command->err, TL_USAGE, "there is no flow to make a suite's skeleton of");
}
