# Steps with a name and a time, for .ci/run and .ci/long, which source this file.
# step NAME ends the step before it; at the end, each step stands with its seconds, and the one that failed is named.

step_names=() step_seconds=() step_began=$SECONDS

end_step() {
  [[ ${#step_names[@]} == "${#step_seconds[@]}" ]] || step_seconds+=($((SECONDS - step_began)))
}

step() {
  end_step
  step_names+=("$1") step_began=$SECONDS
  printf '\n== %s ==\n' "$1"
}

print_steps() {
  local status=$? i
  end_step
  printf '\n== seconds ==\n'
  for i in "${!step_names[@]}"; do printf '%6d  %s\n' "${step_seconds[i]}" "${step_names[i]}"; done
  printf '%6d  in all\n' "$SECONDS"
  [[ $status == 0 ]] || printf 'failed in: %s\n' "${step_names[-1]:-the beginning}"
  exit "$status"
}
trap print_steps EXIT
