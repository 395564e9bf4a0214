# zsh -f completed.zsh FOLDER LINE prints what zsh makes of the line and a tab, with the completions in
# FOLDER. A shell of its own runs at a terminal of its own, since completion needs one.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; wideep-opt() {}; print REA''DY"
zpty -r shell text '*READY*'
zpty -n -w shell "$2"$'\t \n'
zpty -w shell "print DO''NE"
zpty -r shell text '*DONE*'
print -r -- "$text"
zpty -d shell
