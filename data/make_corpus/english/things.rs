//! Things with a singular and a plural, and themes told without plurals.
//!
//! `kin` is the sub-class; the table is the class. Both feed the pair scores.
//! `part` is a noun phrase that belongs with the thing, `can` a base-form verb
//! phrase: what an animal or a vehicle does, what anything else is good for.

/// Animals.
pub(crate) const ANIMALS: &str = "
one | many | kin | part | can
dog | dogs | pet | bone | bark at the postman/guard the house
cat | cats | pet | whiskers | chase the mice/purr on the sofa
rabbit | rabbits | pet | carrot | hop over the grass/nibble a carrot
horse | horses | farm | saddle/stable | gallop over the meadow/pull the cart
cow | cows | farm | milk | graze in the meadow/give milk
sheep | sheep | farm | wool | graze on the hill/follow the shepherd
pig | pigs | farm | mud | roll in the mud/grunt in the sty
chicken | chickens | farm | eggs/feathers | lay eggs/peck at the corn
duck | ducks | bird | pond/feathers | swim on the pond/quack at the children
eagle | eagles | bird | wings/beak | soar above the cliffs/hunt from the sky
owl | owls | bird | wings/beak | hoot in the night/hunt from the sky
parrot | parrots | bird | beak | repeat every word/crack the nuts
lion | lions | wild | roar | roar in the savanna/hunt the zebra
tiger | tigers | wild | jungle | stalk the deer/hide in the jungle
wolf | wolves | wild | howl | howl at the moon/follow the deer
bear | bears | wild | honey | sleep all winter/look for honey
fox | foxes | wild | den | steal the hens/hide in the den
elephant | elephants | wild | trunk | spray water with its trunk/walk with the herd
monkey | monkeys | wild | banana/jungle | swing from the branch/steal a banana
mouse | mice | pet | cheese/mousehole | gnaw the cheese/hide in the mousehole
shark | sharks | fish | sharp teeth | swim in the deep ocean/hunt the fish
";

/// Sentences about an animal.
pub(crate) const ANIMAL_PATTERNS: &str = "
the {one} can {can}
a {one} likes to {can}
i saw a {one} {can}
one {one} began to {can}
{many} {can} and {can}
most {many} {can}
two {many} were about to {can}
many {many} can {can}
all {many} know how to {can}
these {many} often {can}
we watched three {many} {can}
the {one} has lost its {part}
no {one} can live without its {part}
{someone} looked at the {part} of the {one}
{many} are known for the {part}
the animals on the farm and in the forest heard the {one} {can}
the vet looked at the {part} of the {one}
a hungry {one} came out of its hiding place
at the zoo the {many} {can} all day
some {many} are afraid of people
this {one} is an animal that likes to {can}
{many} are animals that {can}
the {one} was feeding its young near the {part}
";

/// Vehicles.
pub(crate) const VEHICLES: &str = "
one | many | kin | part | can
car | cars | road | steering wheel/trunk | park in the garage/stop at the traffic light
truck | trucks | road | trailer/tires | deliver the goods/block the highway
bus | buses | road | driver/bus stop | stop at the station/take the pupils to school
taxi | taxis | road | driver | wait at the station/take us to the hotel
motorcycle | motorcycles | road | helmet/handlebars | speed on the highway/overtake on the highway
bicycle | bicycles | road | pedals/handlebars | roll down the hill/take us to school
train | trains | rail | locomotive/rails | arrive at the platform/leave the station on time
tram | trams | rail | rails/ticket | ring at the crossing/stop at the platform
ship | ships | water | deck/anchor | cross the ocean/sail into the harbour
boat | boats | water | oars/sail | drift on the lake/sail into the harbour
ferry | ferries | water | deck/captain | cross the strait/leave the harbour
airplane | airplanes | air | wings/cockpit | take off from the runway/fly above the clouds
helicopter | helicopters | air | rotor/cockpit | hover above the roof/land on the meadow
rocket | rockets | air | fuel tank | fly to the moon/reach the stars
";

/// Sentences about a vehicle.
pub(crate) const VEHICLE_PATTERNS: &str = "
the {one} can {can}
a {one} had to {can}
one {one} was the first to {can}
we saw a {one} {can}
{many} {can} and {can}
many {many} {can} every day
two {many} tried to {can}
these {many} usually {can}
the {part} of the {one} broke
the mechanic repaired the {part} of the {one}
no {one} is complete without its {part}
the mechanic checked the {part} of all the {many}
the {one} is out of fuel and cannot {can}
i heard the {one} this morning
this {one} is slower than other {many}
the engine of the {one} is very noisy
we travelled by {one} for three hours
the company sells {many} and repairs the {part}
several {many} were late because of the snow
the traffic report said that a {one} could not {can}
the owner of the {one} looked at the {part}
";

/// Things that people use, eat, wear or live in.
pub(crate) const THINGS: &str = "
one | many | kin | part | can | class
apple | apples | fruit | peel | bake a pie/press some juice | food
banana | bananas | fruit | peel | mix a milkshake/feed the monkey | food
orange | oranges | fruit | peel/vitamins | press some juice/get vitamins | food
cherry | cherries | fruit | stone/stalk | bake a pie/make jam | food
potato | potatoes | vegetable | peel | make fries/cook a soup | food
tomato | tomatoes | vegetable | greenhouse | make a sauce/make a salad | food
onion | onions | vegetable | skin | season the stew/cook a soup | food
egg | eggs | dairy | shell | make an omelette/bake a cake | food
cake | cakes | bakery | slice | celebrate a birthday/please the guests | food
cookie | cookies | bakery | crumbs | please the children/go with the tea | food
sandwich | sandwiches | bakery | ham | have lunch/fill the lunch box | food
piano | pianos | keys | keyboard/pedals | play a sonata/accompany the singer | instrument
guitar | guitars | strings | strings | play a ballad/accompany the singer | instrument
violin | violins | strings | strings | play a concerto/lead the orchestra | instrument
flute | flutes | wind | mouthpiece/high notes | play a soft melody/join the orchestra | instrument
trumpet | trumpets | wind | mouthpiece | play a fanfare/lead the parade | instrument
drum | drums | beat | rhythm | keep the rhythm/lead the parade | instrument
shirt | shirts | top | collar/sleeves | dress for the office/look smart | clothes
jacket | jackets | top | sleeves | keep warm/stay dry | clothes
dress | dresses | top | hem | go to the party/look smart | clothes
shoe | shoes | foot | laces | go for a walk/dance all night | clothes
hat | hats | head | brim | keep off the sun/look smart | clothes
chair | chairs | seat | legs/cushion | sit at the desk/rest for a while | furniture
sofa | sofas | seat | cushion | watch television/rest for a while | furniture
table | tables | top | legs | serve dinner/play cards | furniture
desk | desks | top | drawer/lamp | write letters | furniture
bed | beds | rest | pillow | sleep well/get over the flu | furniture
hammer | hammers | hit | nails | drive in the nails | tool
knife | knives | cut | handle | slice the bread | tool
brush | brushes | paint | handle | paint the door/clean the shoes | tool
house | houses | home | roof | raise a family | building
hotel | hotels | home | reception desk | spend the night/house the tourists | building
school | schools | public | classroom/playground | educate the children | building
church | churches | faith | altar | hold the service | building
book | books | paper | cover | learn something/pass the time | reading
letter | letters | paper | stamp | tell the news | reading
flower | flowers | plant | petals | decorate the room/thank a friend | plant
tree | trees | plant | branches | hang up the swing | plant
phone | phones | device | screen/battery | call a friend | device
camera | cameras | device | battery | take photographs | device
radio | radios | device | antenna | hear the news/listen to music | device
computer | computers | device | screen/keyboard | run a program/store the data | device
robot | robots | device | sensors | sort the parcels | device
";

/// Sentences about a thing.
pub(crate) const THING_PATTERNS: &str = "
you need a {one} to {can}
one {one} is enough to {can}
with a {one} you can {can}
people use {many} to {can}
with these {many} we will {can}
two {many} are enough to {can}
many {many} were bought to {can}
there are several {many} here and with them we {can}
there is a {one} here and with it we {can}
i like the {part} of this {one}
the {part} of a good {one} cost more
this {one} has no {part}
those {many} have no {part}
all {many} differ in the {part}
{someone} gave me a {one} to {can}
{someone} sold us three {many} and we {can}
the shop sells {many} for people who want to {can}
i put the {one} next to the other {many}
each {one} was checked by hand
most of these {many} come from {country}
a {colour} {one} is prettier than a {colour} {one}
she has a {one} and he has two {many}
the {one} was good enough to {can}
without {many} nobody could {can}
";

/// A pattern list for each class of [`THINGS`].
pub(crate) const CLASS_PATTERNS: &[(&str, &str)] = &[
    (
        "food",
        "the {one} tastes (sweet/sour/delicious/fresh)\nwe ate {many} for (lunch/breakfast/dessert)
the recipe needs two {many} and some (salt/sugar/flour)\nhe bit into a {one} because he was hungry
{many} are healthy food and they taste delicious\na plate of {many} stood in the kitchen",
    ),
    (
        "instrument",
        "the musician tuned the {one} before the concert\n{girlname} plays the {one} in the orchestra
{boyname} practises the {one} every evening\nthe melody of the {one} filled the concert hall
{many} and other instruments were played at the concert\nthe orchestra has four {many}",
    ),
    (
        "clothes",
        "{girlname} wore a {colour} {one}\n{boyname} put on a clean {one}\nthe {one} does not fit me
the tailor mended the {one}\nthese {many} are made of (cotton/wool/leather)\n{many} are on sale in every size",
    ),
    (
        "furniture",
        "the wooden {one} stands in the living room\nthe carpenter made four {many} of oak
we bought a {one} for the living room\nthe {many} in the bedroom are covered with dust
move the {one} to the wall\nall the {many} were carried upstairs",
    ),
    (
        "tool",
        "the {one} lies in the drawer\nbe careful because the {one} is sharp\nhand me the {one} please
the {many} hang on the wall of the workshop\n{many} are made of steel and wood",
    ),
    (
        "building",
        "the old {one} was built of stone\nthe architect designed the {one}\nthe {many} in our town are old
they pulled down the {one} and built a new one\n{many} of brick and stone line the street",
    ),
    (
        "reading",
        "the {one} was printed last year\ni read the {one} twice\nhe reads {many} in the library
the author of the {one} is unknown\nold {many} are kept in the library",
    ),
    (
        "plant",
        "the {one} grows in the garden\nthe gardener watered the {many}\nin spring the {one} is in bloom
the {many} in the park are green again\nthe {one} needs sun and water",
    ),
    (
        "device",
        "the {one} is switched on\nthe {one} needs electricity\nthe new {many} are faster than the old {many}
the engineer improved the {one}\nplease switch off the {many}\nmodern {many} are full of electronics",
    ),
];
