"""Service: the installation manual of the car park wallbox, a PDF of several pages."""

from firm.corpus import Corpus
from firm.markup import table
from firm.world import distinct

PATH = "service/installation_manual.pdf"


def write_manual(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("manual")
    product = w.products[1]
    torque = [n / 10 for n in distinct(rng, 12, 98, 6)]
    height, gap = rng.choice((115, 125, 135)), rng.choice((32, 38, 45))
    cold, hot = rng.choice((-28, -32, -35)), rng.choice((43, 46, 48, 52))
    bend, glands = rng.choice((90, 120, 140)), rng.choice((17, 22, 26))
    residual, resistance = rng.choice((260, 340, 480)), rng.choice((1.2, 1.7, 2.3))
    wait, pin = rng.choice((7, 9, 12)), rng.choice((90, 120, 150))
    length, leds = rng.choice((70, 80, 95)), rng.choice(("twice", "three times", "five times"))
    relay, filters = rng.choice((40, 60, 80)), rng.choice((18, 20, 30))
    weight = rng.choice((18, 21, 23, 26)) + 0.4
    storage = rng.choice((14, 20, 30))
    breaker = rng.choice((40, 50, 63))
    corpus.add(
        PATH,
        f"Installation manual {product}",
        f"""
        # 1 What this manual is for
        This manual is written for qualified electricians who install the wallbox {product} in car
        parks and yards. It assumes that you know the rules for electrical work of your country and
        that you have taken part in our half-day course. Drivers do not need this manual; there is a
        leaflet for them in the box. Keep the manual with the papers of the building, because the
        next electrician will look for it there.

        The text was checked by {w["engineer"].full} of our power electronics group and by
        {w["tech3"].full} of the field service, who have both installed the first series with their
        own hands. If you find a mistake or a step that can be misunderstood, write to
        {w["engineer"].titled} under {w["engineer"].email}. Reports from practice have changed more
        pages of this manual than all our meetings.

        Warnings are graded. “Danger” means that you may be killed. “Caution” means that you may be
        hurt or that the device may be damaged. “Note” tells you how to save time. Read all warnings
        of a chapter before you begin with the first step of it, and not while you are holding a
        screwdriver in your hand.

        # 2 Safety
        Danger: the terminals inside the box carry mains voltage even when the display is dark.
        Open the isolator in the distribution board, lock it, and hang up the warning sign. Wait
        for {wait} minutes before you open the inner cover, since the capacitors of the power
        supply keep their charge for a while. Check on all poles that there is no voltage, and use
        a tester with two probes for that.

        Do not install the wallbox in rooms with explosive atmospheres, in places that may be
        flooded or close to a swimming pool. The permitted temperature of the surroundings lies
        between {cold} and {hot} degrees Celsius. In direct sun the box becomes warmer than the
        air; a small roof helps more than a lower charging current. Do not paint the housing,
        because a dark colour raises the inner temperature and the warranty ends with it.

        Children must not play with the charging cable. The holder beside the box keeps the cable
        off the floor, and it has to be mounted even if the customer thinks it is ugly. A cable on
        the floor is driven over sooner or later, and then the insulation is damaged in a way that
        nobody sees.

        # 3 Before you begin
        ## 3.1 The place
        Choose a wall that carries the weight. The box weighs {weight} kilograms without the cable,
        and a driver who stumbles over the cable adds a good part of his own weight. Concrete,
        sand-lime brick and steel columns are suitable. For plasterboard there is a mounting plate
        with four extra anchors. The lower edge of the housing must hang {height} centimetres above
        the floor, so that wheelchair users can reach the socket as well.

        Leave a gap of at least {gap} centimetres to the left and to the right, otherwise the warm
        air cannot get away and the box reduces its power on summer afternoons. Above the box there
        should be no pipe from which water could drip. In a row of several boxes all of them hang
        at the same height; nothing is remembered by the customer as long as a crooked row.

        ## 3.2 The supply
        Each box needs its own circuit with a breaker of {breaker} amperes and a residual current
        device of type A. The direct-current part of the fault detection is built in. The cable
        must be laid in such a way that its bending radius nowhere falls below {bend} millimetres.
        The longest supply line that we allow without a calculation is {length} metres; beyond that
        the voltage drop has to be worked out and written down in the record.

        The building must have a foundation earth. Measure the earth resistance before you begin and
        not at the end, because it is the one value that you cannot improve with the tools in your
        car. Values above {resistance} ohms have to be discussed with the network operator.

        # 4 Mounting and connecting
        Take the box out of the carton and compare the type plate with the order. The serial number
        stands on the plate and on the label inside the lid; stick the second label into the record.
        Hold the drilling template against the wall, mark the four holes, and drill them with the
        diameter given for the anchors. Blow out the dust. Anchors in dusty holes hold only half of
        what they should.

        Hang the back plate, adjust it with a spirit level and tighten the anchors. Then feed in
        the supply cable from below. Strip {glands} millimetres of the outer sheath inside the
        gland so that the seal presses on the sheath and not on the cores. Connect the protective
        earth first and leave it longer than the other cores. Connect the neutral and the phases in
        the order of the printed letters.

        All screws are tightened with a torque wrench. A screw that is too loose becomes warm, and
        a screw that is too tight breaks years later. Use these values and tick them off in the
        record.

        {
            table(
                "Screw | Tool | Torque in Nm",
                (
                    ("Wall anchor", "Hexagon 13", torque[0]),
                    ("Supply terminal L1 to L3", "Slot 6.5", torque[1]),
                    ("Protective earth bolt", "Hexagon 10", torque[2]),
                    ("Inner cover", "Torx 20", torque[3]),
                    ("Charging cable clamp", "Torx 25", torque[4]),
                    ("Front hood", "Torx 15", torque[5]),
                ),
            )
        }

        Close the inner cover before you switch on for the first time. The seal must lie in its
        groove all around. A hair of insulation under the seal is enough to let in water during the
        first storm, and the control board does not forgive that.

        # 5 First start
        Switch on the breaker. The light ring shows white while the box tests itself, which takes
        about a minute. It then blinks {leds} in blue to tell you that it wants to be set up.
        Connect your phone with the installer app by holding it against the sign on the right-hand
        side. The code for the first login is printed on the yellow card in the document bag, and
        it is valid for {pin} minutes after switching on. After that time the box has to be
        switched off and on.

        Set the charging current to what the supply allows and not to what the customer wishes. With
        several boxes on one line, name one of them the leader; the others follow it and share the
        current. If the leader fails, the followers fall back to six amperes each. Enter the address
        of the back office, which the operator gives you, and wait for the green sign in the app.

        Charge a car or use the test adapter. Pull the plug during charging to see whether the
        contacts open without a bang. Press the test button of the residual current device. Measure
        its tripping time; values above {residual} milliseconds mean that the device has to be
        replaced before anybody may charge.

        # 6 When something does not work
        Most disturbances during the first start have one of four causes. The phases are connected
        in the wrong order, and the box reports a rotating field to the left; exchange two phases.
        The neutral is missing, and the display flickers; look for a forgotten bridge in the
        distribution board. The leader cannot be reached, because somebody has laid the data line
        next to the supply line over the whole distance; ten centimetres between the two are
        enough. Or the box is simply colder than the room, and there is condensation on the sensor;
        leave the hood open for an hour and drink a coffee.

        If none of this applies, read out the log with the app and send it to the hotline before
        you exchange parts. The log shows the last two hundred events with their time. Do not reset
        the box before reading it, since the reset deletes what would have helped us. Parts under
        warranty have to be sent back in the carton of the spare part, together with the short form
        on which you describe in your own words what you have seen.

        # 7 Handing over and looking after
        Show the operator how to switch off the box, how to release a locked plug by hand and whom
        to call. The signed record goes to the operator, one copy goes to us. Without the record we
        cannot tell later which values were measured, and warranty claims become tedious for both
        sides. The most frequent reason for a visit in the first year is a record that was never
        written.

        Once a year the box is cleaned with a damp cloth, the seal is inspected and the screws are
        checked. The relay is replaced after {relay} thousand switching cycles, which the app
        counts. The dust filter of the fan is changed every {filters} months, in car parks with
        gravel sooner. Never clean the box with a high-pressure cleaner.

        A box that is taken down for repairs on the wall may be stored in its carton. The memory of
        the control board keeps the settings for {storage} days without mains voltage; afterwards
        the box has to be set up as if it were new. For questions during the installation the
        technical hotline can be reached on {w["dispatcher"].phone("international")};
        {w["dispatcher"].full} and the colleagues of the dispatching desk will connect you with a
        technician who is not standing on a ladder at that moment.
        """,
    )
    corpus.ask_all(
        PATH,
        "service",
        [
            ("How tight must the earth bolt of the car park wallbox be screwed?",
             (f"{torque[2]} Nm", str(torque[2])), "Protective earth bolt", "hard"),
            ("What torque applies to the clamp that holds the charging cable?",
             (f"{torque[4]} Nm", str(torque[4])), "Charging cable clamp", "hard"),
            ("How long do I have to wait after isolating before taking off the inside cover?",
             (f"{wait} minutes",), "before you open the inner cover", "medium"),
            (f"At what height above ground is the {product} mounted?",
             (f"{height} centimetres", f"{height} cm"), "The lower edge of the housing", "easy"),
            ("Up to which cable length is no voltage drop calculation needed?",
             (f"{length} metres", f"{length} m"), "without a calculation", "medium"),
            ("After how many switching operations does the relay need changing?",
             (f"{relay} thousand", f"{relay},000", f"{relay} thousand switching cycles"),
             "The relay is replaced", "medium"),
            ("For how long can an installer use the login code from the yellow card?",
             (f"{pin} minutes",), ("The code for the first login", f"{pin} minutes after"), "hard"),
            ("To whom should electricians report errors in the mounting instructions?",
             w["engineer"].full, ("The text was checked by", "If you find a mistake"), "hard"),
        ],
    )  # fmt: skip
