"""Sub-commands of `privrag`, one module each; an entry point in `privrag.commands` names them."""
