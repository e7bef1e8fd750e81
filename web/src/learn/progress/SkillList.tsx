import { Link } from 'react-router'

import type { MasteryLevel } from '../graph'
import { LevelMark, LEVELS, MasteryBar } from '../Mastery'
import { ago, exactly, percent } from '../words'
import type { Known } from './ProgressPage'

const ORDER: MasteryLevel[] = ['FADING', 'LEARNING', 'NEARLY', 'MASTERED', 'NOT_ENOUGH_DATA']

/** Skills by what can be said of them; what deserves practice stands first. */
export function SkillList({ known }: { known: Known[] }) {
  return (
    <div className="skill-groups">
      {ORDER.map((level) => {
        const members = known.filter((each) => each.level === level)
        if (!members.length) return null
        return (
          <section key={level} aria-label={LEVELS[level]}>
            <h3 className="group-title">
              <LevelMark level={level} /> <span>{members.length}</span>
            </h3>
            <ul className="skill-rows">
              {members.map(({ id, skill, probability, evidenceCount, lastPracticedAt }) => (
                <li key={id}>
                  <Link to={`/skills/${skill.id}`} className="skill-row">
                    <span className="skill-name">{skill.name}</span>
                    <span className="skill-figure">{probability === null ? `${evidenceCount} of 3` : percent(probability)}</span>
                    <MasteryBar probability={probability} evidence={evidenceCount} />
                    {lastPracticedAt && (
                      <time dateTime={lastPracticedAt} title={exactly(lastPracticedAt)}>
                        {ago(lastPracticedAt)}
                      </time>
                    )}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </div>
  )
}
