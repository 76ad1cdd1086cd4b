"""A disk that is full from a certain moment of a training on."""

from contextlib import ExitStack

from tests.opened import full_disk


def full_when_kept(make, out, full: ExitStack):
    """Trainers as `make` makes them; once one saves into `out`, no file may grow."""

    def made(*args):
        trainer = make(*args)
        save = trainer.save_weights

        def save_weights(folder):
            if folder == out:
                full.enter_context(full_disk())
            save(folder)

        trainer.save_weights = save_weights
        return trainer

    return made
