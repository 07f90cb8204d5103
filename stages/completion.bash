# Completion for the programs, from what their --help says: options, keys of the configuration, and files.
# zsh: autoload -U bashcompinit && bashcompinit, then source this file.
_unetflow_stage() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} help
  COMPREPLY=()
  case $before in
  --config | --input | --output | --images | --labels | --mask | --folder | --predictions | --training | --augment | --weightmap) ;;
  *)
    help=$("$1" --help 2>/dev/null) || return
    if [ "$before" = --set ]; then
      # "  labels.classes: integer ..." is the key /labels/classes.
      mapfile -t COMPREPLY < <(compgen -W "$(sed -nE '/^Configuration/,$s|^  ([a-z_0-9.]+): .*|/\1=|p' <<<"$help" | tr . /)" -- "$word")
      compopt -o nospace 2>/dev/null
      return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$(grep -oE '^ +(-[a-z],)?--[a-z-]+' <<<"$help" | grep -oE -- '--[a-z-]+')" -- "$word")
    ;;
  esac
  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

_unetflow() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} shared targets
  shared=$(dirname "$(readlink -f "$(command -v "$1")")")/../share/unetflow
  [ "$before" != "=" ] || before=${COMP_WORDS[COMP_CWORD - 2]}  # bash takes it for a word
  if [ "$before" = PIPELINE ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(ls pipelines "$shared/pipelines" 2>/dev/null | grep -v :)" -- "${word#=}")
  else
    targets=$(sed -n '/^\.PHONY: all/,/FORCE/{s/\.PHONY://; s/FORCE//; s/\\//; p}' "$shared/Makefile.data")
    mapfile -t COMPREPLY < <(compgen -W "$targets PIPELINE=" -- "$word")
    [ "${COMPREPLY[*]}" != PIPELINE= ] || compopt -o nospace 2>/dev/null
  fi
}

complete -F _unetflow unetflow
for name in $(compgen -c unetflow- | sort -u); do complete -F _unetflow_stage "$name"; done
unset name
