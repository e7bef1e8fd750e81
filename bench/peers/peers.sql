-- What the peers read beside the tables: PostGraphile makes its schema of these views; the rows of `heard` are
-- what a peer writes before it tells its subscribers. All belong to the owner, so no row-level security holds.

CREATE SCHEMA IF NOT EXISTS peer;

CREATE TABLE IF NOT EXISTS peer.heard (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mastery_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now()
);

CREATE OR REPLACE VIEW peer.organization AS SELECT id, name, time_zone FROM public.organization;
COMMENT ON VIEW peer.organization IS E'@primaryKey id';

CREATE OR REPLACE VIEW peer.user_account AS SELECT id, display_name, email FROM public.user_account;
COMMENT ON VIEW peer.user_account IS E'@name user\n@primaryKey id';

CREATE OR REPLACE VIEW peer.learner AS
  SELECT organization_id, id, user_id, display_name, alias FROM public.learner WHERE erased_at IS NULL;
COMMENT ON VIEW peer.learner IS E'@primaryKey organization_id,id\n@unique organization_id,user_id';

CREATE OR REPLACE VIEW peer.membership AS SELECT organization_id, user_id, roles FROM public.membership;
COMMENT ON VIEW peer.membership IS E'@name viewer\n@primaryKey organization_id,user_id
@foreignKey (organization_id) references peer.organization (id)|@fieldName organization
@foreignKey (user_id) references peer.user_account (id)|@fieldName user
@foreignKey (organization_id, user_id) references peer.learner (organization_id, user_id)|@fieldName learner';

CREATE OR REPLACE VIEW peer.classroom AS SELECT organization_id, id, name FROM public.classroom;
COMMENT ON VIEW peer.classroom IS E'@primaryKey organization_id,id';

CREATE OR REPLACE VIEW peer.enrollment AS
  SELECT e.organization_id, e.classroom_id, l.id, l.display_name
  FROM public.enrollment e JOIN public.learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
  WHERE e.left_at IS NULL AND l.erased_at IS NULL;
COMMENT ON VIEW peer.enrollment IS E'@name enrolled_learner\n@primaryKey organization_id,classroom_id,id
@unique organization_id,id
@foreignKey (organization_id, classroom_id) references peer.classroom (organization_id, id)|@foreignFieldName learners';

CREATE OR REPLACE VIEW peer.skill AS SELECT organization_id, id, name FROM public.skill;
COMMENT ON VIEW peer.skill IS E'@primaryKey organization_id,id';

CREATE OR REPLACE VIEW peer.mastery AS
  SELECT m.organization_id, m.id, m.learner_id, m.skill_id, m.probability, m.evidence_count, s.name AS skill_name,
         CASE WHEN m.probability >= 0.85 THEN 'MASTERED' WHEN m.probability >= 0.7 THEN 'NEARLY' ELSE 'LEARNING' END
           AS level
  FROM public.mastery m JOIN public.skill s ON s.organization_id = m.organization_id AND s.id = m.skill_id;
COMMENT ON VIEW peer.mastery IS E'@primaryKey organization_id,id
@foreignKey (organization_id, skill_id) references peer.skill (organization_id, id)|@fieldName skill
@foreignKey (organization_id, learner_id) references peer.enrollment (organization_id, id)|@foreignFieldName mastery';

CREATE OR REPLACE VIEW peer.leaderboard_entry AS
  SELECT s.organization_id, s.classroom_id, s.learner_id, l.alias, s.points::float8 AS score,
         rank() OVER (PARTITION BY s.organization_id, s.classroom_id ORDER BY s.points DESC)::int AS rank
  FROM public.leaderboard_score s
  JOIN public.learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
  WHERE s.window_kind = 'ALL_TIME' AND NOT l.leaderboard_hidden AND l.erased_at IS NULL;
COMMENT ON VIEW peer.leaderboard_entry IS E'@primaryKey organization_id,classroom_id,learner_id
@foreignKey (organization_id, classroom_id) references peer.classroom (organization_id, id)|@foreignSimpleFieldName entries|@behavior +list -connection';
