/* dialect/dialect.c: bytes to a flow: what they hold, the reader of that dialect, placeholders that nobody fills. */
#include "dialect/dialect.h"

#include "doc/yaml.h"

/* A key without a value is said at each of its places. */
static void say_unset(struct tl_doc *doc, const struct tl_substitution *substitution, const struct tl_lower *lower)
{
	enum tl_level level = lower->has_environment ? TL_ERROR : TL_NOTE;

	for (size_t i = 0; i < substitution->count && lower->findings; i++) {
		const struct tl_placeholder *placeholder = &substitution->placeholders[i];
		struct tl_finding *finding;

		if (placeholder->set)
			continue;
		finding = tl_findings_add(lower->findings, &doc->source, placeholder->span, level, "unset-substitution",
		                          "'{{%.*s}}' has no value%s", TL_FMT(placeholder->key),
		                          lower->has_environment ? " in this environment" : "");
		tl_findings_help(lower->findings, finding,
		                 "give '%.*s' one under 'environments.NAME.values' of the project file",
		                 TL_FMT(placeholder->key));
	}
}

static void read_architect(struct tl_flow **out, struct tl_str path, struct tl_str bytes, const struct tl_lower *lower)
{
	const struct tl_map none = { 0 };
	struct tl_substitution substitution = { 0 };
	struct tl_read_options options = {
		.bytes = lower->limits.file,
		.depth = lower->limits.architect_depth,
		.scalars = lower->limits.scalars,
		.findings = lower->findings,
		.substitutions = lower->values ? lower->values : &none,
		.substitution = &substitution,
	};
	struct tl_doc *doc;

	tl_yaml_read(&doc, path, bytes, &options);
	say_unset(doc, &substitution, lower);
	if (doc->root)
		tl_architect_read(out, doc, &substitution, lower);
	else
		tl_doc_free(doc);
}

static void say_no_flow(struct tl_doc *doc, const struct tl_lower *lower)
{
	struct tl_finding *finding;

	if (!lower->findings)
		return;
	finding = tl_findings_add(lower->findings, &doc->source, doc->root->span, TL_ERROR, "schema",
	                          "the file holds no flow");
	tl_findings_help(
		lower->findings, finding,
		"a flow has 'flow:' at its top, one of Architect the type of flow alone, one from the platform 'nodes:'");
}

static void read_other(struct tl_flow **out, struct tl_str path, struct tl_str bytes, const struct tl_lower *lower,
                       enum tl_content content)
{
	struct tl_read_options options = {
		.bytes = lower->limits.file,
		.depth = lower->limits.depth,
		.scalars = lower->limits.scalars,
		.findings = lower->findings,
	};
	struct tl_doc *doc;

	tl_doc_read(&doc, path, bytes, &options);
	if (!doc->root) {
		tl_doc_free(doc);
	} else if (content == TL_CONTENT_NATIVE) {
		tl_native_read(out, doc, lower);
	} else if (content == TL_CONTENT_WIRE) {
		tl_wire_read(out, doc, lower);
	} else {
		say_no_flow(doc, lower);
		tl_doc_free(doc);
	}
}

void tl_flow_read(struct tl_flow **out, struct tl_str path, struct tl_str bytes, const struct tl_lower *lower)
{
	enum tl_content content = tl_content_of(path, bytes);

	*out = NULL;
	if (content == TL_CONTENT_ARCHITECT)
		read_architect(out, path, bytes, lower);
	else
		read_other(out, path, bytes, lower, content);
}
