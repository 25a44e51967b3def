//! Word forms: verbs in four forms, adjectives in three.

/// One row per verb; `rest` completes every form of it.
pub(crate) const VERBS: &str = "
base | past | ing | third | rest
walk | walked | walking | walks | to the park/along the river/across the bridge
run | ran | running | runs | around the track/to the finish line/along the beach
swim | swam | swimming | swims | in the pool/across the lake/in the sea
jump | jumped | jumping | jumps | over the fence/over the puddle/into the pool
climb | climbed | climbing | climbs | the steep mountain/up the ladder/the tall tree
dance | danced | dancing | dances | to the music/at the party/a waltz
sing | sang | singing | sings | a song/in the choir/a lullaby
eat | ate | eating | eats | breakfast/dinner/a sandwich
drink | drank | drinking | drinks | a glass of water/a cup of tea/some juice
cook | cooked | cooking | cooks | dinner/a pot of soup/rice and beans
wash | washed | washing | washes | the dishes/the clothes/the windows
read | read | reading | reads | a novel/the newspaper/a magazine
write | wrote | writing | writes | a letter/an essay/a novel
paint | painted | painting | paints | the wall/a portrait/the fence
teach | taught | teaching | teaches | mathematics/a history class/the beginners
learn | learned | learning | learns | mathematics/a poem by heart/a foreign language
study | studied | studying | studies | history/for the exam/law
speak | spoke | speaking | speaks | in public/to the audience/about politics
listen | listened | listening | listens | to the radio/to the concert/to the speech
watch | watched | watching | watches | a film/the football match/the sunset
buy | bought | buying | buys | fresh vegetables/a pair of shoes/a new car
sell | sold | selling | sells | fresh vegetables/old furniture/a used car
pay | paid | paying | pays | the rent/the electricity bill/in cash
drive | drove | driving | drives | the truck/to work/on the highway
fly | flew | flying | flies | over the ocean/to another continent/above the clouds
travel | travelled | travelling | travels | around the world/by train/abroad
sleep | slept | sleeping | sleeps | in a tent/on the sofa/like a log
dream | dreamed | dreaming | dreams | of the sea/of a holiday/about the future
work | worked | working | works | in the garden/in a factory/on a project
play | played | playing | plays | chess/football/cards
build | built | building | builds | a house/a bridge/a tower of bricks
break | broke | breaking | breaks | the window/the vase/the rules
carry | carried | carrying | carries | the heavy boxes/the luggage/a basket
throw | threw | throwing | throws | the ball/a snowball/stones into the pond
catch | caught | catching | catches | the ball/a cold/the last bus
open | opened | opening | opens | the door/the letter/the window
cut | cut | cutting | cuts | the paper/the rope/the grass
plant | planted | planting | plants | a tree/roses/potatoes
visit | visited | visiting | visits | the museum/an old friend/the exhibition
help | helped | helping | helps | the neighbours/an old friend/the poor
laugh | laughed | laughing | laughs | at the joke/out loud/about the clown
smile | smiled | smiling | smiles | at the camera/at the baby/in a friendly way
think | thought | thinking | thinks | about the problem/about the future/of a solution
find | found | finding | finds | the lost key/a solution/a coin
lose | lost | losing | loses | the key/the game/a coin
win | won | winning | wins | the race/the lottery
";

/// Sentences about one verb, each form in its own frames.
pub(crate) const VERB_PATTERNS: &str = "
yesterday {someone} {past} {rest}
{someone} {past} {rest} (last night/last week/an hour ago/yesterday/the day before)
last (summer/winter/monday/month) {someone} {past} {rest}
when we were young we {past} {rest}
{someone} {past} {rest} and then went home
as soon as {someone} {past} {rest} the telephone rang
{someone} finally {past} {rest} last night
{someone} once {past} {rest} long ago
{someone} just {past} {rest} an hour ago
yesterday {someone} suddenly {past} {rest}
{someone} never {past} {rest} again after that day
{one} is {ing} {rest} (now/right now/at the moment/today/)
{group} are {ing} {rest} (now/right now/at the moment/today/)
{one} was {ing} {rest} when the telephone rang
{group} were {ing} {rest} when it started to rain
{someone} enjoyed {ing} {rest}
{someone} stopped {ing} {rest}
{someone} kept {ing} {rest} for an hour
be careful when {ing} {rest}
{group} will {base} {rest} (tomorrow/next week/soon/)
{one} will {base} {rest} (tomorrow/next week/soon/)
{one} wants to {base} {rest}
{group} can {base} {rest}
{one} cannot {base} {rest}
let us {base} {rest}
please {base} {rest}
did you {base} {rest}
do not {base} {rest} without me
you must {base} {rest} before noon
{one} {third} {rest} every (day/morning/evening/week/weekend)
{one} (often/usually/always/sometimes) {third} {rest}
{one} never {third} {rest}
if {one} {third} {rest} everybody is happy
{one} who {third} {rest} needs a rest
";

/// Sentences about two verbs in the same form; `2` marks the second.
pub(crate) const TWO_VERBS: &str = "
{one} {past} {rest} and {past2} {rest2}
yesterday {someone} first {past} and then {past2} {rest2}
long ago {someone} {past} or {past2} {rest2}
{someone} {past} {rest} and later {past2} {rest2}
{group} can {base} or {base2} {rest2}
{one} wants to {base} {rest} or {base2} {rest2}
let us {base} first and {base2} later
{one} is {ing} {rest} but {one} is {ing2} {rest2}
{one} likes {ing} and {ing2}
after {ing} {rest} {someone} started {ing2} {rest2}
{one} {third} {rest} and {third2} {rest2}
{one} never {third} but often {third2} {rest2}
";

/// One row per adjective; `noun` is what it is said of.
pub(crate) const ADJECTIVES: &str = "
base | more | most | noun
big | bigger | biggest | house/city/dog
small | smaller | smallest | house/village/bird
tall | taller | tallest | tower/tree/man
short | shorter | shortest | road/story/speech
long | longer | longest | river/road/story
high | higher | highest | mountain/tower/wall
low | lower | lowest | price/wall/temperature
fast | faster | fastest | car/runner/train
slow | slower | slowest | train/bus/runner
strong | stronger | strongest | wind/horse/rope
weak | weaker | weakest | signal/argument/tea
old | older | oldest | tree/church/man
young | younger | youngest | pupil/tree/artist
new | newer | newest | computer/telephone/car
hot | hotter | hottest | day/soup/oven
cold | colder | coldest | day/winter/wind
warm | warmer | warmest | coat/room/day
bright | brighter | brightest | star/lamp/colour
dark | darker | darkest | night/forest/cellar
heavy | heavier | heaviest | box/bag/stone
loud | louder | loudest | noise/voice/engine
quiet | quieter | quietest | village/voice/street
rich | richer | richest | merchant/country/banker
poor | poorer | poorest | beggar/country/family
cheap | cheaper | cheapest | ticket/hotel/shirt
easy | easier | easiest | question/lesson/recipe
hard | harder | hardest | question/exam/stone
soft | softer | softest | pillow/blanket/voice
clever | cleverer | cleverest | student/fox/plan
wise | wiser | wisest | judge/teacher/owl
happy | happier | happiest | child/family/dog
sad | sadder | saddest | song/story/clown
sweet | sweeter | sweetest | cherry/cake/melon
fresh | fresher | freshest | bread/fish/salad
deep | deeper | deepest | lake/well/sea
wide | wider | widest | river/street/bridge
narrow | narrower | narrowest | street/path/bridge
thick | thicker | thickest | wall/book/soup
safe | safer | safest | harbour/bank/car
";

/// Sentences about one adjective, each form in its own frames.
pub(crate) const ADJECTIVE_PATTERNS: &str = "
the {noun} is very {base}
it was a {base} {noun}
a {base} {noun} and a {base} {noun} are not the same
the {noun} was too {base} for us
how {base} the {noun} is
is the {noun} {base} enough
the {noun} is as {base} as the {noun}
{someone} found a very {base} {noun}
the {noun} looks quite {base} today
{one} has never seen such a {base} {noun}
the {noun} is {more} than the {noun}
this {noun} is much {more} than that {noun}
my {noun} is {more} than yours
the {noun} became {more} and {more} than before
{one} wants a {more} {noun}
a {more} {noun} would be better
the old {noun} was {more} than the new one
the {noun} is even {more} than we thought
it is the {most} {noun} in the world
this is the {most} {noun} of all
the {most} {noun} of the whole town is here
{one} has the {most} {noun} of all
it was the {most} {noun} {someone} ever saw
the {most} {noun} was also the last one
who has the {most} {noun} in the country
of all the things the {noun} was the {most}
";
