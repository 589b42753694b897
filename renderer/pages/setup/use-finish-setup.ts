import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { callKey, useAction } from '../../use-gateway';

/** Ends the first steps and opens the overview. */
export function useFinishSetup() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const finish = useAction('setup.finish', ['gateway.info']);
  return {
    isPending: finish.isPending,
    error: finish.error,
    leave: () =>
      finish.mutate(
        {},
        {
          onSuccess() {
            // From before these steps: it would say that no event has come in, when one just has.
            queries.removeQueries({ queryKey: callKey('overview.get') });
            void navigate('/');
          },
        },
      ),
  };
}
