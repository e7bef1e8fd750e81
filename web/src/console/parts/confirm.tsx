import { AlertDialog } from 'radix-ui'
import { create } from 'zustand'

import { useWayBack } from '../../design/focus'

type Question = { title: string; what: string; button: string; grave?: boolean; run: () => Promise<void> }

const useQuestion = create<{ question: Question | null }>(() => ({ question: null }))

/** Ask before something that cannot be taken back. */
export function confirm(question: Question): void {
  useQuestion.setState({ question })
}

export function ConfirmDialog() {
  const { question } = useQuestion()
  return question && <Asked question={question} />
}

function Asked({ question: { title, what, button, grave, run } }: { question: Question }) {
  const back = useWayBack()
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || useQuestion.setState({ question: null })}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="veil" />
        <AlertDialog.Content className="dialog" onCloseAutoFocus={back}>
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-what">{what}</AlertDialog.Description>
          <div className="dialog-buttons">
            <AlertDialog.Cancel className="button">Cancel</AlertDialog.Cancel>
            <AlertDialog.Action className={grave ? 'button grave' : 'button main'} onClick={() => void run()}>
              {button}
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
