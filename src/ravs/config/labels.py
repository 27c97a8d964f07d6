"""Class lists, the mask value that losses and metrics ignore, and what is called what sounds without a name."""

IGNORE_INDEX = 255  # the class of the pixel is not known
UNNAMED = "unnamed"  # it sounds, and no class leads clearly
AVSS_CLASSES = tuple(
    """background accordion airplane axe baby bassoon bell bird boat boy bus car cat cello clarinet clipper clock
    dog donkey drum duck elephant emergency-car erhu flute frying-food girl goose guitar gun guzheng hair-dryer
    handpan harmonica harp helicopter hen horse keyboard leopard lion man marimba missile-rocket motorcycle mower
    parrot piano pig pipa saw saxophone sheep sitar sorna squirrel tabla tank tiger tractor train trombone truck
    trumpet tuba ukulele utv vacuum-cleaner violin wolf woman""".split()  # noqa: SIM905 - a list of seventy would fill the page
)  # of AVSBench-semantic; a mask holds indices into this list, 0 to 70
TINY_CLASSES = tuple(
    """airplane bee boat brass car cat cow cricket deer dog drum duck elephant frog goat guitar hammer hen horse
    lion monkey owl parrot person phone piano pig sheep songbird train truck_bus violin_cello woodwind""".split()  # noqa: SIM905
)  # of ravs-tiny, and those that ravs-film was trained on; without background
TABLE_CLASSES = tuple(
    """bell clock goose gun hair_dryer keyboard lawn_mower motorcycle power_drill printer saw
    sewing_machine toilet turkey typewriter vacuum_cleaner""".split()  # noqa: SIM905
)  # of ravs-film besides, by what ImageNet and AudioSet know alone
FILM_CLASSES = TINY_CLASSES + TABLE_CLASSES


def mask_names(classes: tuple[str, ...], naming: str) -> tuple[str, ...]:
    """What each index in a mask stands for: these classes, background first, and with names by region "unnamed"."""
    return (*classes, UNNAMED) if naming == "region" and len(classes) > 2 else classes
