-- The school that all servers are asked about, made in bulk by the owner of the tables. Sizes, the moment it
-- began and palettes of states stand in temporary tables; an id follows from what it names.

INSERT INTO organization (id, name, time_zone, created_at)
SELECT pg_temp.named('organization', 0), 'Lakeside School', 'Europe/Berlin', began_at FROM bench_size;

-- Learners first, then one teacher for each class, then the administrators who watch.
CREATE TEMP TABLE person AS
SELECT n, pg_temp.named('user', n) AS id,
       CASE WHEN n < b.learners THEN 'learner' WHEN n < b.learners + b.classes THEN 'teacher'
            ELSE 'watcher' END AS kind,
       (ARRAY['Ada','Ben','Chiara','Dilan','Elif','Femi','Giulia','Hana','Imani','Jakub'])[1 + n % 10]
         || ' ' || (ARRAY['Abara','Becker','Castro','Demir','Eriksen','Farouk','Gupta','Horvat','Ito','Jansen'])[1 + n / 10 % 10]
         || ' ' || to_char(n, 'FM0000') AS name
FROM bench_size b, generate_series(0, b.learners + b.classes + b.watchers - 1) AS n;

INSERT INTO user_account (id, email, display_name, password_hash, created_at)
SELECT id, kind || n || '@lakeside.example', name, '!', began_at FROM person, bench_size;

INSERT INTO membership (organization_id, user_id, roles, created_at)
SELECT pg_temp.named('organization', 0), id,
       CASE kind WHEN 'learner' THEN ARRAY['LEARNER'] WHEN 'teacher' THEN ARRAY['TEACHER'] ELSE ARRAY['ORGANIZATION_ADMIN'] END,
       began_at
FROM person, bench_size;

INSERT INTO sign_in_session (organization_id, id, user_id, created_at, last_used_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('sign-in', n), id, began_at, began_at FROM person, bench_size;

INSERT INTO learner (organization_id, id, user_id, display_name, alias, created_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('learner', n), id, name, 'Otter ' || n, began_at
FROM person, bench_size WHERE kind = 'learner';

INSERT INTO classroom (organization_id, id, name, join_code, created_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('classroom', n), 'Class ' || n, 'BENCH' || n, began_at
FROM bench_size b, generate_series(0, b.classes - 1) AS n;

INSERT INTO classroom_teacher (organization_id, classroom_id, user_id, added_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('classroom', n - b.learners), id, began_at
FROM person, bench_size b WHERE kind = 'teacher';

-- Each learner is in two classes, so that a class has more learners than a board shows.
INSERT INTO enrollment (organization_id, classroom_id, learner_id, enrolled_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('classroom', (n + place * (1 + n / b.classes % (b.classes - 1))) % b.classes),
       pg_temp.named('learner', n), began_at
FROM bench_size b, generate_series(0, b.learners - 1) AS n, generate_series(0, 1) AS place;

INSERT INTO skill (organization_id, id, code, name, subject, reference_difficulty, created_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('skill', n), 'SKILL.' || to_char(n, 'FM000'),
       'Skill ' || to_char(n * 73 % b.skills, 'FM000'), 'Mathematics', d.difficulty, began_at
FROM bench_size b, generate_series(0, b.skills - 1) AS n
JOIN bench_difficulty d ON d.place = n % (SELECT count(*) FROM bench_difficulty);

INSERT INTO item (organization_id, id, kind, created_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('item', n), 'NUMERIC', began_at
FROM bench_size b, generate_series(0, b.items - 1) AS n;

INSERT INTO item_version (organization_id, item_id, version, content, answer_key, skill_ids, created_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('item', n), 1,
       jsonb_build_object('stem', 'Exercise ' || n || ': what is 2 + 3?'), '{"value": 5}',
       ARRAY[pg_temp.named('skill', n % b.skills)], began_at
FROM bench_size b, generate_series(0, b.items - 1) AS n;

INSERT INTO item_skill (organization_id, item_id, skill_id)
SELECT pg_temp.named('organization', 0), pg_temp.named('item', n), pg_temp.named('skill', n % b.skills)
FROM bench_size b, generate_series(0, b.items - 1) AS n;

INSERT INTO item_parameter (organization_id, item_id, model, state, difficulty, standard_error, evidence_count)
SELECT pg_temp.named('organization', 0), pg_temp.named('item', n), b.model, i.state, i.state[1], sqrt(i.state[2]), b.attempts / b.items
FROM bench_size b, bench_item i, generate_series(0, b.items - 1) AS n;

INSERT INTO learner_state (organization_id, learner_id, model, state, attempt_count)
SELECT pg_temp.named('organization', 0), pg_temp.named('learner', n), b.model, l.state, b.attempts / b.learners
FROM bench_size b, generate_series(0, b.learners - 1) AS n
JOIN bench_learner l ON l.place = n % (SELECT count(*) FROM bench_learner);

INSERT INTO mastery (organization_id, id, learner_id, skill_id, model, state, probability, evidence_count,
                     last_practiced_at, mastered_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('mastery', n::bigint * b.skills + k), pg_temp.named('learner', n), pg_temp.named('skill', k),
       b.model, c.state, c.probability, c.evidence, to_timestamp(c.practised),
       CASE WHEN c.probability >= 0.85 THEN to_timestamp(c.practised) END
FROM bench_size b, generate_series(0, b.learners - 1) AS n, generate_series(0, b.skills - 1) AS k,
     LATERAL (SELECT n % b.learner_states AS learner, k % b.difficulties AS difficulty, (n * 7 + k * 13) % b.skill_states AS skill) p
JOIN bench_chance c ON (c.learner, c.difficulty, c.skill) = (p.learner, p.difficulty, p.skill)
ORDER BY n, k;

INSERT INTO practice_session (organization_id, id, learner_id, classroom_id, kind, state, skill_ids, started_at)
SELECT pg_temp.named('organization', 0), pg_temp.named('session', n), pg_temp.named('learner', n),
       pg_temp.named('classroom', n % b.classes), 'PRACTICE', 'ACTIVE', ARRAY[pg_temp.named('skill', n % b.skills)], began_at
FROM bench_size b, generate_series(0, b.learners - 1) AS n;

INSERT INTO attempt (organization_id, id, learner_id, session_id, item_id, item_version, response, correct, score,
                     points, duration_ms, answered_at, recorded_at, model, predicted, item_state, item_evidence,
                     learner_evidence)
SELECT pg_temp.named('organization', 0), pg_temp.named('attempt', n), pg_temp.named('learner', n % b.learners),
       pg_temp.named('session', n % b.learners), pg_temp.named('item', n * 11 % b.items), 1, '{"value": 5}', n % 3 > 0,
       CASE WHEN n % 3 > 0 THEN 1 ELSE 0 END, CASE WHEN n % 3 > 0 THEN 10 ELSE 0 END, 9000,
       began_at - interval '1 day', began_at, b.model, 0.66, i.state, n / b.items, n / b.learners
FROM bench_size b, bench_item i, generate_series(0, b.attempts - 1) AS n;

-- Points fall without a tie, but for every seventh place, which two share.
INSERT INTO leaderboard_score (organization_id, classroom_id, window_kind, starts_at, learner_id, attempt_count, correct_count, points)
SELECT e.organization_id, e.classroom_id, 'ALL_TIME', 'epoch', e.learner_id, b.attempts / b.learners, b.attempts / b.learners * 2 / 3,
       5000 - 10 * (place - CASE WHEN place % 7 = 0 THEN 1 ELSE 0 END)
FROM bench_size b, (SELECT *, row_number() OVER (PARTITION BY classroom_id ORDER BY learner_id) AS place FROM enrollment) e;
