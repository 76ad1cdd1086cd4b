"""Sub-commands of `privrag`, one module each, announced by entry points `privrag.commands`."""
