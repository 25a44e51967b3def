//! People: men and women in pairs, and what people do for a living.
//!
//! Both members of a pair share one row, so they meet the same places, things
//! and deeds; only the pronouns, names and forms of address that
//! [`super::gendered`] adds tell them apart. That is the whole trick behind
//! `king − man + woman`: nothing in the corpus states it.

/// One row per pair. `thing` follows a possessive, `deed` is a past-tense verb
/// phrase, `home` a prepositional phrase.
pub(crate) const PAIRS: &str = "
male | female | home | thing | deed
man | woman
    | in the street/at the bus stop/in the shop/at the office/on the corner
    | umbrella/wallet/newspaper/job/neighbours/suitcase/office
    | waited for the bus/paid the bill/crossed the street/went to the office/asked a stranger for the way
      /opened the newspaper/carried a heavy suitcase/worked late at the office/voted in the election
      /bought a ticket/talked to the neighbours
king | queen
    | in the palace/at the royal court/in the throne room/in the capital of the kingdom
    | crown/throne/kingdom/subjects/reign/royal guards/palace
    | ruled the kingdom/wore the golden crown/sat on the throne/signed a royal decree/reigned for many years
      /left the royal palace/received the ambassador/was loved by {his} subjects/was crowned in the cathedral
      /defended the kingdom
prince | princess
    | in the castle/in the tower/at the royal ball/in the rose garden
    | castle/carriage/inheritance/royal tutor/white horse/tower
    | was the heir to the throne/danced at the royal ball/lived in a castle/rode in a carriage
      /waited in the tower/dreamed of the crown/was born in the castle/would inherit the kingdom
      /learned from the royal tutor
father | mother
    | at home/in the kitchen/with the children/at the school gate
    | children/baby/kitchen/family/home
    | raised three children/cooked for the family/fed the baby/took the children to school
      /read the children a bedtime story/put the baby to bed/hugged the children/worried about the children
boy | girl
    | at the playground/in the classroom/on the swing/in the sandbox
    | toys/homework/kite/classmates
    | played with toys/flew a kite/did {his} homework/climbed a tree/ran around the playground
      /went down the slide/counted to ten/shared the toys with {his} classmates
brother | sister
    | in the shared bedroom/in the family car/at the family table
    | siblings/twin/bunk bed/secrets/parents
    | quarrelled with the twins/shared a bedroom/kept a secret/was older than the twins
      /grew up with four siblings/teased the twins/slept in the bunk bed
son | daughter
    | at the family farm/in the parental home/at the graduation
    | parents/future/education/diploma/first step
    | made {his} parents proud/obeyed {his} parents/moved away from {his} parents/was an only child
      /finished {his} education/got a diploma/wrote to {his} parents
husband | wife
    | at the anniversary dinner/in the new apartment/on the honeymoon
    | marriage/wedding ring/spouse/anniversary/love letters
    | celebrated the anniversary/wore a wedding ring/saved the marriage/filed for divorce
      /remembered the honeymoon/kept the love letters
grandfather | grandmother
    | in the rocking chair/by the fireplace/in the old cottage
    | grandchildren/memories/spectacles/walking stick/pension
    | told stories about the old days/spoiled the grandchildren/dozed in the rocking chair
      /looked for {his} spectacles/leaned on a walking stick/remembered the war/lived on a pension
uncle | aunt
    | at the family reunion/in the guest room/at the summer house
    | cousins/relatives/nieces and nephews/summer house
    | came to visit the relatives/brought presents for the cousins/invited the cousins
      /stayed in the guest room/never missed a family reunion/teased the cousins
nephew | niece
    | at the birthday party/at the zoo with the relatives/on the pony
    | birthday cake/birthday presents/godparents/balloon
    | blew out the candles/unwrapped the birthday presents/got a balloon/thanked the relatives for the gift
      /turned six/rode on the pony
grandson | granddaughter
    | at the grandparents cottage/in the attic/on the porch swing
    | grandparents/old photographs/bedtime stories
    | visited the grandparents/listened to bedtime stories/found old photographs in the attic
      /called the grandparents every sunday/baked cookies with the grandparents
actor | actress
    | on the stage/in the theatre/on the screen
    | role/script/audience
    | played the leading role/rehearsed the script/won an award for the film/bowed to the audience
      /waited behind the curtain/starred in a new film/learned the script by heart
waiter | waitress
    | in the restaurant/behind the counter
    | tray/apron/tip
    | served the soup/brought the menu/took the order/carried the tray/got a generous tip
      /recommended the dessert
emperor | empress
    | in the imperial city/at the imperial court/on the great wall
    | empire/army/generals/dynasty/legions
    | founded a dynasty/ruled a vast empire/conquered the neighbouring lands
      /built an imperial city/lost the empire/punished the generals
duke | duchess
    | at the country manor/on the estate/at the hunting lodge
    | estate/manor/title/servants/hunting dogs
    | owned a large estate/inherited the title/hunted on the estate/invited the nobles to the manor
      /married into a noble family/ordered the servants about
gentleman | lady
    | in the drawing room/at the opera
    | gloves/manners/elegant hat/opera ticket
    | had perfect manners/took off {his} gloves/spoke in a polite voice/sipped the tea
      /wore an elegant hat
hero | heroine
    | in the legend/in the last chapter
    | courage/quest/sword/enemies/legend
    | defeated the dragon/rescued the village/went on a quest/drew the sword
      /became a legend
wizard | witch
    | in the dark forest/over the cauldron
    | spell/wand/potion/cauldron/broomstick/black cat
    | cast a spell/stirred the potion/waved the wand/flew on a broomstick
      /broke the curse
monk | nun
    | in the monastery/in the chapel
    | prayers/vows/silence
    | prayed in the chapel/took the vows/lived in silence/copied the holy book
      /lit a candle in the chapel
groom | bride
    | at the altar/at the wedding
    | vows/wedding guests
    | walked to the altar/exchanged the rings/danced with the wedding guests/said yes at the altar
      /cut the wedding cake/smiled at the wedding guests
";

/// What [`super::gendered`] adds: `{he}`, `{his}`, … and given names.
pub(crate) const MARKS: &str = "
he | his | him | himself | name | sir | mister
he | his | him | himself | {boyname} | sir | mister
she | her | her | herself | {girlname} | madam | miss
";

/// Sentences about one man or one woman.
pub(crate) const PATTERNS: &str = "
the {who} {deed}
the {who} {deed} and {he} {deed}
the {who} {deed} because {he} was {mood}
the {who} {deed} while {he} thought of {his} {thing}
{home} the {who} {deed}
{home} a {who} named {name} {deed}
the {who} was {home} and {he} looked for {his} {thing}
the {who} loved {his} {thing} and {he} was {mood}
the {who} said that {he} was {mood}
the {who} said to {himself} that {he} was {mood}
the {who} spoke about {his} {thing} when i met {him} {home}
the {who} could not forget {his} {thing}
{he} is a {trait} {who} and people like {him}
{he} was a {trait} {who} and {he} {deed}
{he} became a {who} and {his} {thing} made {him} {mood}
a {trait} {who} showed us {his} {thing}
the {trait} {who} {deed} (last year/yesterday/that day/long ago)
{name} is a {trait} {who}
{name} the {who} {deed}
{mister} {name} was the {who} who {deed}
yes {sir} said the guard to the {who} {home}
thank you {sir} i said to the {who} and {he} smiled
the {who} was called {name} and {he} loved {his} {thing}
we saw the {who} {home} and gave {him} a letter
nobody knew why the {who} {deed} but {he} was {mood}
the {who} hurt {himself} when {he} was {home}
once there was a {who} and {he} {deed}
a {who} {deed} before {he} lost {his} {thing}
the story tells how the {who} {deed}
do you remember the {who} who {deed}
i asked the {who} about {his} {thing} and {he} laughed
after {he} {deed} the {who} was {mood}
the {who} {home} asked {name} to wait for {him}
";

/// One row per occupation.
pub(crate) const JOBS: &str = "
job | where | tool | does
doctor | hospital | stethoscope | cure the patients/examine the patients/write a prescription
nurse | hospital | bandage | care for the patients/take the temperature/change the bandage
teacher | school | blackboard | teach the pupils/correct the homework/explain the lesson
professor | university | lecture notes | give a lecture/examine the students/publish a paper
scientist | laboratory | microscope | test a theory/run an experiment/publish a paper
engineer | factory | blueprint | design a bridge/build a machine/solve a technical problem
farmer | barn | plough | milk the cows/harvest the wheat
gardener | garden | rake | plant the roses/cut the hedge/water the flowers
baker | bakery | oven | bake the bread/sell rolls and cakes
cook | restaurant | frying pan | prepare the meal/taste the soup
carpenter | workshop | hammer | build a wardrobe/saw the planks/repair the roof
mechanic | garage | wrench | repair the engine/change the tires
pilot | cockpit | compass | land the airplane/fly through the clouds
soldier | barracks | rifle | march in step/guard the border
policeman | police station | whistle | catch the thief/stop the cars at the corner
firefighter | fire station | hose | put out the fire/climb the ladder
lawyer | court | contract | defend the client/win the case/study the contract
judge | court | gavel | hear the witness/listen to the lawyer
writer | study | typewriter | finish a novel/write a chapter
poet | study | pen | write a poem/read a poem to the audience
painter | studio | brush | paint a portrait/mix the colours
musician | concert hall | instrument | tune the instrument/play a concert
singer | concert hall | microphone | sing an aria/sing a song on the stage
clerk | office | stamp | stamp the papers/count the coins
programmer | office | keyboard | write the code/test the software
";

/// Sentences about an occupation; base-form verb phrases keep agreement simple.
pub(crate) const JOB_PATTERNS: &str = "
the {job} works in the {where}
the {job} has to {does} every day
a good {job} can {does} and {does}
the {job} used the {tool} to {does}
every day the {job} must {does} and {does}
in the {where} a {job} was ready to {does}
a {job} needs a {tool} to {does}
we called the {job} to {does}
i want to become a {job} and {does}
{boyname} is a {job} and he likes to {does}
{girlname} is a {job} and she likes to {does}
{girlname} works as a {job} in the {where}
{boyname} works as a {job} in the {where}
the {job} forgot the {tool} in the {where}
without a {tool} no {job} could {does}
the young {job} learned how to {does}
ask the {job} in the {where} if you need a {tool}
the {job} started to {does} early in the morning
it is the duty of the {job} to {does}
";
