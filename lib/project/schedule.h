/* project/schedule.h: reading `schedules:` of a project file. Private to the room. */
#ifndef TL_PROJECT_SCHEDULE_H
#define TL_PROJECT_SCHEDULE_H

#include "project/project.h"

/* What reading a project file works with. */
struct tl_project_reader {
	struct tl_project *project;
	struct tl_findings *findings;
};

/* Fills project->schedules from the map `schedules:` (NULL: none); everything wrong is a finding of rule `project`. */
void tl_schedules_read(struct tl_project_reader *reader, const struct tl_item *schedules);
/* Adds a finding of rule `project` and level error at `span` of the project file. */
struct tl_finding *tl_project_say(struct tl_project_reader *reader, struct tl_span span, const char *fmt, ...) TL_PRINTF(3, 4);

#endif
