# TS 23.222 clause 8.23.3: an exposing function has the authorization of an invoker revoked. Steps 3, 4, 6 and 7 are those of
# the core function. AEF 1, 2, 4 and 5 belong to one provider, AEF 3 and 6 to another; AEF 4 offers another service API, and
# what AEF 5 offers is not discovered by the invoker. The second invoker is revoked last, which is the fence: whoever hears of
# that and of nothing before it was told nothing before it.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Revocation of an authorization, initiated by an exposing function

  Background:
    Given a provider with the exposing function, the second exposing function, the fourth exposing function and the fifth exposing function
    And another provider with the third exposing function and the sixth exposing function

  @req:23222-8.23.3-03 @req:23222-8.23.3-04 @req:23222-8.23.3-06 @req:23222-8.23.3-07
  Scenario: The seven steps of figure 8.23.3-1
    Given the exposing function and the second exposing function serve
    And the exposing function and the second exposing function offer "location" with OAUTH
    And the exposing function offers "quality" with OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the second invoker is onboarded for "location"
    And the invoker has discovered the service APIs
    And the invoker has negotiated OAUTH with the exposing function and the second exposing function
    And the second invoker has negotiated OAUTH with the exposing function and the second exposing function
    And the second invoker has a token for "location"
    And the invoker has a token for "location" and "quality"
    When the invoker invokes "location" at the exposing function
    And the invoker invokes "location" at the second exposing function
    And step 1: the exposing function is told to revoke the authorization of the invoker for "location", also at other exposing functions
    And the invoker requests a token for "location"
    And the invoker requests a token for "quality"
    And the second invoker requests a token for "location"
    Then step 3: the authorization has ended at the core function for the service API named and for nothing else
    And step 4: the revocation is answered when the authorization has ended
    When step 5: the invoker invokes "location" at the exposing function
    And step 7: the invoker invokes "location" at the second exposing function
    And the exposing function revokes the authorization of the second invoker for "location"
    Then step 6: the invoker whose authorization was revoked is notified, and no other
    And step 7: the other exposing functions may be told to invalidate the authorization

  @req:23222-8.23.3-03 @req:23222-8.23.3-04 @req:23222-8.23.3-06
  Scenario: Steps 3, 4 and 6: the authorization ends, the answer is given, the invoker is notified
    Given the exposing function offers "location" and "quality" with OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location" and "quality"
    And the second invoker has a token for "location"
    When the exposing function revokes the authorization of the invoker for "location"
    And the invoker requests a token for "location"
    And the invoker requests a token for "quality"
    And the invoker requests a token for "location" and "quality"
    And the second invoker requests a token for "location"
    And the exposing function revokes the authorization of the second invoker for "location"
    Then the authorization has ended at the core function for the service API named and for nothing else
    And the revocation is answered when the authorization has ended
    And the invoker whose authorization was revoked is notified, and no other

  @req:23222-8.23.3-03 @req:23222-8.23.3-04 @req:23222-8.23.3-06
  Scenario: Steps 3, 4 and 6: the authorization ends for each service API of several
    Given the exposing function offers "location", "quality" and "mapping" with OAUTH
    And the invoker is onboarded for "location", "quality" and "mapping"
    And the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location", "quality" and "mapping"
    And the invoker has a token for "quality"
    And the second invoker has a token for "location"
    When the exposing function revokes the authorization of the invoker for "location" and "mapping"
    And the invoker requests a token for "mapping"
    And the invoker requests a token for "location"
    And the invoker requests a token for "quality"
    And the second invoker requests a token for "location"
    And the exposing function revokes the authorization of the second invoker for "location"
    Then the authorization has ended at the core function for the service API named and for nothing else
    And the revocation is answered when the authorization has ended
    And the invoker whose authorization was revoked is notified, and no other

  @req:23222-8.23.3-03
  Scenario: Step 3: the exposing function is not told of an authorization that has ended
    Given the exposing function offers "location" and "quality" with OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function asks for the invoker with authorizationInfo
    And the exposing function revokes the authorization of the invoker for "location"
    And the exposing function asks for the invoker with authorizationInfo
    Then the exposing function is not told of the authorization that has ended

  @req:23222-8.23.3-06
  Scenario: Step 6: each of two revocations is notified
    Given the exposing function offers "location" and "quality" with OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location"
    And the exposing function revokes the authorization of the invoker for "quality"
    Then the invoker is notified of each revocation

  @req:23222-8.23.3-04 @negative
  Scenario Outline: Step 4: a revocation that breaks the data model revokes nothing (<deviation>)
    Given the exposing function offers "location" with OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location", but <deviation>
    Then it is answered with 400, because the revocation breaks the data model, and nothing is revoked

    Examples:
      | deviation                  |
      | "apiInvokerId" is left out |
      | "apiIds" is left out       |
      | "cause" is left out        |

  @req:23222-8.23.3-09 @negative
  Scenario Outline: Precondition 3: the core function acts for nobody else (<deviation>)
    Given the exposing function offers "location" with OAUTH
    And the third exposing function offers "mapping" with OAUTH
    And the invoker is onboarded for "location" and "mapping"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location", but <deviation>
    Then it is refused, because revocation is for exposing functions that the core function authorized

    Examples:
      | deviation                                                |
      | it presents the certificate of the third exposing function |
      | it presents the certificate of the invoker               |
      | it presents no certificate                               |

  @req:23222-8.23.3-09 @negative
  Scenario: Precondition 3: nor for somebody else's wish to end everything
    Given the exposing function offers "location" with OAUTH
    And the third exposing function offers "mapping" with OAUTH
    And the invoker is onboarded for "location" and "mapping"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes all authorization of the invoker, but it presents the certificate of the third exposing function
    Then it is refused, because revocation is for exposing functions that the core function authorized

  @req:23222-8.23.3-09
  Scenario Outline: Precondition 3: nor what others expose, for one that the invoker negotiated with (<listed>)
    Given the exposing function offers "location" with OAUTH
    And the third exposing function offers "mapping" and "presence" with OAUTH
    And the invoker is onboarded for "location", "mapping" and "presence"
    And the invoker has negotiated OAUTH with the exposing function and the third exposing function
    When the invoker requests a token for "location"
    And the third exposing function revokes the authorization of the invoker for <listed>
    And the invoker requests a token for "location"
    And the third exposing function revokes the authorization of the invoker for "presence"
    Then what others expose is not revoked for an exposing function that asks for it

    Examples:
      | listed                   |
      | "location"               |
      | "mapping" and "location" |

  @req:23222-8.23.3-07 @req:23222-8.23.3-11 @req:23222-8.23.3-12
  Scenario: Step 7: of the other exposing functions only those are told that are concerned
    Given the second exposing function and the third exposing function serve
    And the fourth exposing function and the fifth exposing function serve
    And the exposing function, the second exposing function and the fifth exposing function offer "location" with OAUTH
    And the exposing function and the fourth exposing function offer "quality" with OAUTH
    And the third exposing function and the sixth exposing function offer "mapping" with OAUTH
    And the invoker is onboarded for "location" and "mapping"
    And the second invoker is onboarded for "location", "quality" and "mapping"
    And the invoker has discovered what the exposing function, the second exposing function and the third exposing function offer
    And the second invoker has discovered the service APIs
    And the invoker has negotiated OAUTH with the exposing function, the second exposing function and the third exposing function
    And the second invoker has negotiated OAUTH with the exposing function and the sixth exposing function
    And the invoker has a token for "location" and "mapping"
    When the invoker invokes "mapping" at the third exposing function
    And the exposing function revokes the authorization of the invoker for "location", also at other exposing functions
    And the exposing function revokes the authorization of the second invoker for "location", also at other exposing functions
    And the exposing function revokes the authorization of the second invoker for "quality", also at other exposing functions
    And the sixth exposing function revokes the authorization of the second invoker for "mapping", also at other exposing functions
    And the invoker invokes "mapping" at the third exposing function
    Then the other exposing functions may be told to invalidate the authorization
    And no exposing function of another provider is told
    And no exposing function is told that does not offer the service API or was not discovered by the invoker

  @req:23222-8.23.3-13
  Scenario: Step 7: without the indication the other exposing functions are left out
    Given the exposing function and the second exposing function serve
    And the exposing function and the second exposing function offer "location" with OAUTH
    And the invoker is onboarded for "location"
    And the second invoker is onboarded for "location"
    And the invoker has discovered the service APIs
    And the second invoker has discovered the service APIs
    And the invoker has negotiated OAUTH with the exposing function and the second exposing function
    And the second invoker has negotiated OAUTH with the exposing function and the second exposing function
    And the invoker has a token for "location"
    When the exposing function revokes the authorization of the invoker for "location"
    And the exposing function revokes the authorization of the second invoker for "location", also at other exposing functions
    And the invoker invokes "location" at the second exposing function
    Then the other exposing functions are left out, because step 2 did not indicate them
