/** What a shell is told, so that it asks `gaiwan` for what a word could be. Files are proposed where `gaiwan` proposes nothing. */

const bash = `# gaiwan: eval "$(gaiwan completion bash)", e.g. in ~/.bashrc
_gaiwan() {
  local IFS=$'\\n'
  COMPREPLY=($(gaiwan __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _gaiwan gaiwan
`;

const zsh = `#compdef gaiwan
# gaiwan: eval "$(gaiwan completion zsh)", e.g. in ~/.zshrc, after compinit
_gaiwan() {
  local -a proposals
  proposals=("\${(@f)$(gaiwan __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  proposals=("\${(@)proposals:#}")
  if (( \${#proposals} )); then compadd -- "\${proposals[@]}"; else _files; fi
}
compdef _gaiwan gaiwan
`;

const fish = `# gaiwan: gaiwan completion fish | source, e.g. in ~/.config/fish/config.fish
function __gaiwan_complete
    set -l words (commandline -opc) (commandline -ct)
    gaiwan __complete $words[2..-1] 2>/dev/null
end
complete -c gaiwan -a '(__gaiwan_complete)'
`;

export const completionScripts = { bash, zsh, fish } as const;
